-- wrk script: one prepared request over and over, with a serial number in its middle when it comes in two parts.
-- Arguments: the request up to the serial number, the rest of it (may be missing).
-- Ends with one line of JSON: requests, microseconds, p50 and p99 in microseconds, refused (status 400 and above), broken
-- (socket errors and time-outs). Has no response(): wrk would hand every header to Lua and then be slower than the server.
-- For one thread only: each wrk thread is a Lua state of its own and would count from 1 again.

local before, after, serial

function init(args)
  before, after, serial = args[1], args[2], 0
end

function request()
  if not after then
    return before
  end
  serial = serial + 1
  return before .. string.format("%010d", serial) .. after
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "p50": %.1f, "p99": %.1f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
