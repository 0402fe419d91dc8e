-- KEYS[1]: the place, a hash of revision and value. ARGV: its new revision, its new value, what the collection's keys begin with, how many
-- documents; then of each its id, stamp, late positions, '1' with a body or '0' deleted, body, how many lists it stands in, and of each the
-- end of the list's key and the member.
-- 1: documents and place are written; 0: the place there does not have the revision before, or is gone, and nothing is written.
--
-- A script runs alone, so a reader sees all of it or nothing. A document is left as it is where the one there is as new. What lists
-- it stands in is kept with it, so that it leaves them when it changes.
local there = redis.call('HGET', KEYS[1], 'revision')
if not there or tonumber(there) + 1 ~= tonumber(ARGV[1]) then
  return 0
end
local base, at = ARGV[3], 5
for _ = 1, tonumber(ARGV[4]) do
  local id, stamp, late, has_body, body, lists =
    ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], tonumber(ARGV[at + 5])
  local first = at + 6
  at = first + 2 * lists
  local key = base .. 'doc:' .. id
  local old = redis.call('HMGET', key, 'stamp', 'listed')
  if not old[1] or tonumber(old[1]) < tonumber(stamp) then
    if old[2] then
      local listed = cmsgpack.unpack(old[2])
      for i = 1, #listed, 2 do
        redis.call('ZREM', base .. listed[i], listed[i + 1])
      end
    end
    local listed = {}
    for i = first, at - 1, 2 do
      redis.call('ZADD', base .. ARGV[i], 0, ARGV[i + 1])
      listed[#listed + 1] = ARGV[i]
      listed[#listed + 1] = ARGV[i + 1]
    end
    if has_body == '1' then
      redis.call('HSET', key, 'stamp', stamp, 'late', late, 'body', body, 'listed', cmsgpack.pack(listed))
    else
      redis.call('HSET', key, 'stamp', stamp, 'late', late)
      redis.call('HDEL', key, 'body', 'listed')
    end
  end
end
redis.call('HSET', KEYS[1], 'revision', ARGV[1], 'value', ARGV[2])
return 1
