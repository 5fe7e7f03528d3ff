-- What wrk asks for: answers, and a failure now and then.
local asked = 0

request = function()
  asked = asked + 1
  if asked % 50 == 0 then
    return wrk.format("GET", "/fail/1")
  end
  return wrk.format("GET", "/item/1")
end
