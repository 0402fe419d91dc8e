-- KEYS[1]: the floor of a view, a hash of era and position. ARGV: what entries' keys begin with, the id, the generation.
-- The entry's place and body; nothing where it is not kept.
local era = redis.call('HGET', KEYS[1], 'era')
if not era then
  return false
end
local entry = redis.call('HMGET', ARGV[1] .. era .. ':' .. ARGV[2], 'generation', 'as_of', 'body')
if entry[1] ~= ARGV[3] or not entry[2] or not entry[3] then
  return false
end
return { entry[2], entry[3] }
