-- wrk: GET a random `photo-{n}.jpg`, of which every thousand rows have twenty.
-- Arguments: what stands before and after n in the path, and how many thousand rows there are.
local before, after, thousands

function init(args)
  before, after, thousands = args[1], args[2], tonumber(args[3])
  math.randomseed(os.time())
end

function request()
  local n = math.random(0, thousands - 1) * 1000 + math.random(1, 20)
  return wrk.format("GET", before .. n .. after)
end
