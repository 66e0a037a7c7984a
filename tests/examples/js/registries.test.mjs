import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, beforeEach, test } from 'node:test';

import { ApiClient, ApiClientInMemoryContextProvider } from '@northflank/js-client';

import { start } from './emulator.mjs';

const emulator = await start();
after(emulator.stop);

let token, client;

beforeEach(async () => {
  token = randomUUID(); // a new token is a new account, in which nothing is stored
  const context = new ApiClientInMemoryContextProvider();
  await context.addContext({ name: 'test', token, host: emulator.url });
  client = new ApiClient(context, { throwErrorOnHttpErrorCode: true });
});

const add = (name) => client.add.registryCredentials({ data: { name, provider: 'ecr' } });

async function ids() {
  const { data } = await client.list.registryCredentials.all({});
  return data.credentials.map((registry) => registry.id);
}

test('a registry that is added is listed', async () => {
  await add('My Registry');

  assert.deepEqual(await ids(), ['my-registry']);
});

test('a name that is taken is refused', async () => {
  await add('My Registry');

  await assert.rejects(add('My Registry'), { status: 409, id: 'name-taken' });
});

test('every page is read', async () => {
  await emulator.control('/seed', { fixture: 'three-pages', token });

  assert.equal((await ids()).length, 103);

  const calls = { operation: 'list-registries', token };
  assert.equal((await emulator.control('/requests/count', calls)).count, 3);
});

test('a retry meets what the attempt before it has done', async () => {
  const lost = { effect: 'reset', operation: 'add-registry', phase: 'after', times: 1, token };
  await emulator.control('/faults', lost);

  await assert.rejects(add('My Registry'), { status: 409 });

  assert.deepEqual(await ids(), ['my-registry']);
});
