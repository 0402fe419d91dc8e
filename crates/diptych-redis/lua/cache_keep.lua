-- KEYS[1]: the floor of a view. ARGV: what entries' keys begin with, the id, the generation, the place that the entry is from, its body, for how many
-- seconds it is kept, the name of an era.
-- Kept where no event after its place was told of, and no newer entry is there. Where the floor was lost (a flush, an eviction), a new
-- era begins, so that no entry of the old one is found again.
local floor = redis.call('HMGET', KEYS[1], 'era', 'position')
local era = floor[1]
if not era then
  era = ARGV[7]
  redis.call('HSET', KEYS[1], 'era', era, 'position', ARGV[4])
elseif tonumber(ARGV[4]) < tonumber(floor[2]) then
  return 0
end
local key = ARGV[1] .. era .. ':' .. ARGV[2]
local there = redis.call('HMGET', key, 'generation', 'as_of')
if there[1] == ARGV[3] and tonumber(there[2]) > tonumber(ARGV[4]) then
  return 0
end
redis.call('HSET', key, 'generation', ARGV[3], 'as_of', ARGV[4], 'body', ARGV[5])
redis.call('EXPIRE', key, ARGV[6])
return 1
