-- A place among an account's simultaneous streams, taken or kept; also the check that nobody was signed out meanwhile.
-- KEYS: leases, lease info, revoked session, revoked profile, revoked account (one hash tag).
-- ARGV: most at once, lease, now ms, ttl ms, info JSON, device, content, token issued ms.
-- Returns {'ok'}, {'revoked'} or {'limit', info JSON of each holder…}.
local max, lease, now, ttl, info = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local device, content, issued = ARGV[6], ARGV[7], tonumber(ARGV[8])

local ended = redis.call('GET', KEYS[5])
if redis.call('EXISTS', KEYS[3]) == 1 or redis.call('EXISTS', KEYS[4]) == 1
  or (ended and issued <= (tonumber(ended) or 0)) then
  return {'revoked'}
end

for _, lapsed in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('ZREM', KEYS[1], lapsed)
  redis.call('HDEL', KEYS[2], lapsed)
end

if not redis.call('ZSCORE', KEYS[1], lease) then
  -- The same title on the same device is the same screen: a reload takes its place over.
  for _, held in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    local known = redis.call('HGET', KEYS[2], held)
    if known then
      local holder = cjson.decode(known)
      if holder.deviceId == device and holder.contentId == content then
        redis.call('ZREM', KEYS[1], held)
        redis.call('HDEL', KEYS[2], held)
      end
    end
  end
  if redis.call('ZCARD', KEYS[1]) >= max then
    local answer = {'limit'}
    for _, holder in ipairs(redis.call('HVALS', KEYS[2])) do
      answer[#answer + 1] = holder
    end
    return answer
  end
end

redis.call('ZADD', KEYS[1], now + ttl, lease)
redis.call('HSETNX', KEYS[2], lease, info)
redis.call('PEXPIRE', KEYS[1], ttl * 2)
redis.call('PEXPIRE', KEYS[2], ttl * 2)
return {'ok'}
