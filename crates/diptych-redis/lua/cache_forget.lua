-- KEYS[1]: the floor of a view. ARGV: what entries' keys begin with, the place of an event, the name of an era, then the ids it changes.
-- The floor rises to the event; entries from before it go.
local era = redis.call('HGET', KEYS[1], 'era')
if not era then
  redis.call('HSET', KEYS[1], 'era', ARGV[3], 'position', ARGV[2])
  return 0
end
if tonumber(redis.call('HGET', KEYS[1], 'position')) < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], 'position', ARGV[2])
end
local gone = 0
for i = 4, #ARGV do
  local key = ARGV[1] .. era .. ':' .. ARGV[i]
  local as_of = redis.call('HGET', key, 'as_of')
  if as_of and tonumber(as_of) < tonumber(ARGV[2]) then
    gone = gone + redis.call('DEL', key)
  end
end
return gone
