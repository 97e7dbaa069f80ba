/**
 * What is written together is one script, which Redis runs whole or not at all. KEYS: the shard's meta, rows, ids, due, names of audiences; further keys of
 * audiences are made from ARGV's prefix, under the same hash tag.
 */

/** ARGV: prefix of audiences' keys, expected counter, then for each put: id, sequence, due, row (empty: it goes). Answers {done, counter}. */
export const WRITE = `
local found = redis.call('HGET', KEYS[1], 'counter') or '0'
local counter = tonumber(found)
if counter ~= tonumber(ARGV[2]) then return {0, found} end
local function audiences(row)
  local names = {}
  local count = string.byte(row, 19)
  local at = 20
  for n = 1, count do
    local length = string.byte(row, at)
    names[n] = string.sub(row, at + 1, at + length)
    at = at + 1 + length
  end
  return names
end
for i = 3, #ARGV, 4 do
  local id, seq, due, row = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), ARGV[i + 3]
  local held = redis.call('HGET', KEYS[2], id)
  -- Nothing that this script wrote is so short.
  if held and #held < 23 then held = false end
  if not held or struct.unpack('>d', held) <= seq then
    if held then
      for _, name in ipairs(audiences(held)) do redis.call('ZREM', ARGV[1] .. name, id) end
    end
    if row == '' then
      redis.call('HDEL', KEYS[2], id)
      redis.call('ZREM', KEYS[3], id)
      redis.call('ZREM', KEYS[4], id)
    else
      redis.call('HSET', KEYS[2], id, row)
      redis.call('ZADD', KEYS[3], 0, id)
      if due == 0 then redis.call('ZREM', KEYS[4], id) else redis.call('ZADD', KEYS[4], ARGV[i + 2], id) end
      for _, name in ipairs(audiences(row)) do
        redis.call('ZADD', ARGV[1] .. name, 0, id)
        redis.call('SADD', KEYS[5], name)
      end
    end
  end
end
redis.call('HSET', KEYS[1], 'counter', counter + 1)
return {1, tostring(counter + 1)}
`;

/** ARGV: counter, sequence, state. Answers {done, counter}. */
export const CHECKPOINT = `
local counter = redis.call('HGET', KEYS[1], 'counter') or '0'
if counter ~= ARGV[1] then return {0, counter} end
redis.call('HSET', KEYS[1], 'seen', ARGV[1], 'sequence', ARGV[2], 'state', ARGV[3])
return {1, counter}
`;

/** Whatever somebody else put in the place of the keys goes as well. ARGV: prefix of audiences' keys, a counter to leap from at least, the leap. */
export const CLEAR = `
local function asked(...)
  local found = redis.pcall(...)
  if type(found) == 'table' and found.err then return nil end
  return found
end
local counter = tonumber(asked('HGET', KEYS[1], 'counter') or '0') or 0
for _, name in ipairs(asked('SMEMBERS', KEYS[5]) or {}) do redis.call('UNLINK', ARGV[1] .. name) end
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
redis.call('HSET', KEYS[1], 'counter', string.format('%.0f', math.max(counter, tonumber(ARGV[2])) + tonumber(ARGV[3])))
return 1
`;
