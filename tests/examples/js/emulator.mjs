// The emulator in tests of another language: a process of its own, or the one at
// NORTHFLANK_EMULATOR_URL, such as a service container.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export async function start() {
  const running = process.env.NORTHFLANK_EMULATOR_URL;
  if (running) return emulator(running, () => {});
  const stdio = ['ignore', 'pipe', 'inherit'];
  const server = spawn('northflank-emulator', ['serve', '--port', '0'], { stdio });
  for await (const line of createInterface({ input: server.stdout })) {
    const ready = line.match(/^Ready on (http:\S+)/);
    if (ready) return emulator(ready[1], () => server.kill());
  }
  throw new Error('northflank-emulator ended before it was ready');
}

function emulator(url, stop) {
  // Seeds, faults, what was asked: control('/seed', { fixture: 'three-pages', token })
  async function control(route, body) {
    const answer = await fetch(`${url}/_emulator${route}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error.message);
    return told;
  }
  return { url, stop, control };
}
