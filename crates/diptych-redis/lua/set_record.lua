-- KEYS[1]: a record, a hash of revision and value. ARGV: the new revision, the new value.
-- 1: it is set; 0: the one there does not have the revision before.
local there = tonumber(redis.call('HGET', KEYS[1], 'revision') or '0')
if there + 1 ~= tonumber(ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[1], 'revision', ARGV[1], 'value', ARGV[2])
return 1
