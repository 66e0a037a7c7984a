// Makes calls with the official JS client and prints what it gives back. In, as JSON on standard input:
//   {host, token, throws, calls: [{verb, all, argument}]}
// Out: one object a call, {data, error, pagination, status, rateLimitRemaining} or {thrown: {name, message, ...}}.
import { text } from 'node:stream/consumers';

import { ApiClient, ApiClientInMemoryContextProvider } from '@northflank/js-client';

const { host, token, throws, calls } = JSON.parse(await text(process.stdin));

const provider = new ApiClientInMemoryContextProvider();
await provider.addContext({ name: 'emulator', token, host });
const client = new ApiClient(provider, { throwErrorOnHttpErrorCode: throws });

async function make({ verb, all, argument }) {
  const endpoint = client[verb].registryCredentials;
  try {
    const answer = await (all ? endpoint.all(argument) : endpoint(argument));
    return {
      data: answer.data,
      error: answer.error,
      pagination: answer.pagination,
      status: answer.rawResponse.status,
      rateLimitRemaining: answer.rawResponse.headers.get('x-ratelimit-remaining'),
    };
  } catch (error) {
    const { name, message, status, id, details, code } = error;
    return { thrown: { name, message, status, id, details, code } };
  }
}

const answers = [];
for (const call of calls) answers.push(await make(call));
process.stdout.write(JSON.stringify(answers));
