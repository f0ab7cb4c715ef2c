import { defineScript } from '@repo/redis'

// One key each, by the clock of Redis: all replicas agree, in a cluster too.
const define = (lines: string) =>
  defineScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6 + tonumber(ARGV[1]) / 1e3
local key = KEYS[1]
local function whole(number) return string.format('%.0f', number) end
${lines}`)

/** Adds to a window that is never longer than asked for, and at most a twentieth shorter; what it holds then. */
export const countInWindow = define(`
local window, parts = tonumber(ARGV[2]), 20
local part = math.floor(now * parts / window)
redis.call('HINCRBY', key, whole(part), ARGV[3])
redis.call('PEXPIRE', key, whole(window * 1e3))
local sum = 0
for _, field in ipairs(redis.call('HKEYS', key)) do
  if tonumber(field) > part - parts then
    sum = sum + tonumber(redis.call('HGET', key, field))
  else
    redis.call('HDEL', key, field)
  end
end
return sum
`)

/** How many different values a window holds, with those that are given. */
export const countDistinct = define(`
local window, most = tonumber(ARGV[2]), 1000
redis.call('ZREMRANGEBYSCORE', key, '-inf', whole((now - window) * 1e3))
for place = 3, #ARGV do redis.call('ZADD', key, whole(now * 1e3), ARGV[place]) end
redis.call('ZREMRANGEBYRANK', key, 0, -1 - most)
redis.call('PEXPIRE', key, whole(window * 1e3))
return redis.call('ZCARD', key)
`)

/**
 * Counts by the minute, and keeps an average of the minutes before. One above the ordinary teaches it nothing, however
 * long it goes on: only once so many more minutes were above than were not is their own average the usual one. The
 * minute's count, and what would be ordinary; -1 while too few minutes are known.
 */
export const countAgainstBaseline = define(`
local added, floor, factor = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local smoothing, learn, lasting = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local function read(field) return tonumber(redis.call('HGET', key, field) or '0') end
local minute, known = math.floor(now / 60), read('known')
local last, count, mean = read('minute'), read('count'), read('mean')
local above, level = read('above'), read('level')
if last == 0 then last = minute end
local function ordinary() return math.max(floor, math.ceil(factor * mean)) end
local function learnMinute(value)
  known = known + 1
  if known > learn and value > ordinary() then
    above = above + 1
    level = level + math.max(smoothing, 1 / above) * (value - level)
    if above >= lasting then mean, above = level, 0 end
    return
  end
  above = math.max(0, above - 1)
  mean = mean + math.max(smoothing, 1 / known) * (value - mean)
end
if minute > last then
  learnMinute(count)
  local silent = math.min(minute - last - 1, lasting)
  for _ = 1, silent do learnMinute(0) end
  last, count = minute, 0
end
count = count + added
redis.call('HSET', key, 'minute', whole(last))
redis.call('HSET', key, 'count', whole(count))
redis.call('HSET', key, 'mean', string.format('%.6f', mean))
redis.call('HSET', key, 'known', whole(math.min(known, 1e6)))
redis.call('HSET', key, 'above', whole(above))
redis.call('HSET', key, 'level', string.format('%.6f', level))
redis.call('PEXPIRE', key, whole(7 * 24 * 3600 * 1e3))
if known < learn then return {count, -1} end
return {count, ordinary()}
`)

/**
 * Learns the mean and the spread of logarithms; what would be ordinary by those that came before, or -1 while too
 * few are known. Of a batch with something out of the ordinary only the edge of the ordinary is learned, once and
 * with little weight: an attack moves it hardly, and a new habit becomes ordinary in time. The deviation counts as two
 * bits at most, so that small and large by turns do not make everything ordinary, and as half a bit at least.
 */
export const compareWithHistory = define(`
local count, sum, squares = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local largest, floor, deviations = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local learn, memory = tonumber(ARGV[8]), tonumber(ARGV[9])
local function read(field) return tonumber(redis.call('HGET', key, field) or '0') end
local known, mean, variance = read('known'), read('mean'), read('variance')
local limit = -1
local share = math.max(count / (known + count), math.min(count / memory, 1))
if known >= learn then
  local exponent = math.min(mean + deviations * math.sqrt(math.min(math.max(variance, 0.25), 4)), 40)
  limit = math.max(floor, math.ceil(2 ^ exponent))
  if largest > limit then
    count, sum, squares, share = 1, exponent, exponent * exponent, 1 / memory
  end
end
local theirs = sum / count
local apart = theirs - mean
local spread = math.max(squares / count - theirs * theirs, 0)
mean = mean + share * apart
variance = (1 - share) * variance + share * spread + share * (1 - share) * apart * apart
redis.call('HSET', key, 'known', whole(math.min(known + count, 1e6)))
redis.call('HSET', key, 'mean', string.format('%.6f', mean))
redis.call('HSET', key, 'variance', string.format('%.6f', variance))
redis.call('PEXPIRE', key, whole(90 * 24 * 3600 * 1e3))
return limit
`)

/**
 * The places of the given values that are new beside older ones. So many of them, the first, teach: what is known or
 * has nothing older is remembered at once, what is new by `remember`. What is not seen for the given days is forgotten.
 */
export const findNew = define(`
local remembered, teaching = tonumber(ARGV[2]) * 24 * 3600, tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', key, '-inf', whole((now - remembered) * 1e3))
local isFirst = redis.call('ZCARD', key) == 0
local found = {}
for place = 4, #ARGV do
  if not isFirst and not redis.call('ZSCORE', key, ARGV[place]) then
    found[#found + 1] = place - 4
  elseif place - 4 < teaching then
    redis.call('ZADD', key, whole(now * 1e3), ARGV[place])
  end
end
redis.call('PEXPIRE', key, whole(remembered * 1e3))
return found
`)

/** Remembers values for the given days, and the last so many of all. */
export const remember = define(`
local remembered, most = tonumber(ARGV[2]) * 24 * 3600, tonumber(ARGV[3])
for place = 4, #ARGV do redis.call('ZADD', key, whole(now * 1e3), ARGV[place]) end
redis.call('ZREMRANGEBYRANK', key, 0, -1 - most)
redis.call('PEXPIRE', key, whole(remembered * 1e3))
return 0
`)
