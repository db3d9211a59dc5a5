-- One position into a profile's hot set: the same merge as shared::progress::merge, atomically, with its consequences.
-- KEYS: progress hash, progress stream, revision counter (one hash tag).
-- ARGV: content, profile, position, duration, client timestamp, device, completed (0|1), now.
-- Returns {won (0|1), revision}.
local content, profile = ARGV[1], ARGV[2]
local p, d, t, v, c, now = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]

-- Lua's `<` on strings follows the server's locale; ids are compared byte by byte instead.
local function bytes_compare(a, b)
  for i = 1, math.max(#a, #b) do
    local x, y = a:byte(i) or -1, b:byte(i) or -1
    if x ~= y then return x < y and -1 or 1 end
  end
  return 0
end

local function compare(a, b)
  if a ~= b then return a < b and -1 or 1 end
  return 0
end

local stored = redis.call('HGET', KEYS[1], content)
if stored then
  local old = cjson.decode(stored)
  local order = compare(tonumber(t), tonumber(old.t))
  if order == 0 then order = bytes_compare(v, old.v) end
  if order == 0 then order = compare(tonumber(p), tonumber(old.p)) end
  if order == 0 then order = compare(tonumber(d), tonumber(old.d)) end
  if order == 0 then order = compare(tonumber(c), tonumber(old.c)) end
  if order <= 0 then
    return {0, tonumber(redis.call('GET', KEYS[3]) or '0')}
  end
end

-- Written by hand: cjson would round numbers to 14 digits.
local json = '{"p":' .. p .. ',"d":' .. d .. ',"t":' .. t .. ',"v":"' .. v .. '","c":' .. c .. ',"u":' .. now .. '}'
redis.call('HSET', KEYS[1], content, json)
redis.call('EXPIRE', KEYS[1], 2592000)
redis.call('XADD', KEYS[2], 'MAXLEN', '~', 1000000, '*', 'profile', profile, 'content', content, 'json', json)
local rev = redis.call('INCR', KEYS[3])
local completed = c == '1' and 'true' or 'false'
redis.call('PUBLISH', 'profile-events', '{"profile":"' .. profile .. '","contentId":"' .. content .. '","position":' .. p
  .. ',"duration":' .. d .. ',"completed":' .. completed .. ',"clientTimestamp":' .. t .. ',"device":"' .. v
  .. '","rev":' .. rev .. '}')
return {1, rev}
