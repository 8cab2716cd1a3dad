-- Requests of add_lead for wrk, each with a phone number of its own.
local count = 0
local path = "/vicidial/non_agent_api.php?source=bench&user=6666&pass=1234&function=add_lead&list_id=101&phone_code=1"
   .. "&first_name=Bob&last_name=Wilson&address1=1+Main+St&city=Largo&state=FL&postal_code=33755&vendor_lead_code=bench"
local options = os.getenv("BENCH_OPTIONS") or ""

function init(args)
   base = tonumber(args[1] or "0")
end

function request()
   count = count + 1
   return wrk.format("GET", path .. options .. "&phone_number=" .. string.format("%.0f", base + count))
end

local expected = os.getenv("BENCH_EXPECTED") or "SUCCESS:"
local refused = 0
function response(status, headers, body)
   if status ~= 200 or string.sub(body, 1, string.len(expected)) ~= expected then
      refused = refused + 1
      if refused <= 3 then io.stderr:write("refused: " .. status .. " " .. body .. "\n") end
   end
end
