
  -- Ends a lease, in whichever way. `what` is a letter, then what belongs to it.
  function c.finish(id, token, what)
    local how, text = sub(what, 1, 1), sub(what, 2)
    local t = c.get(id)
    if not t then return 'gone' end
    if t.holder == '' or t.token ~= token then
      -- Ended by this very lease, in this very way: a repeat.
      if t.end_of == token .. ',' .. how then return 'ok ' .. t.state end
      return 'lost ' .. t.state .. ' ' .. t.attempt .. ' ' .. t.agent
    end
    if how == 'd' then
      local review = find(t.flags, 'v', 1, true)
      if t.state == 'P' then return 'no P ' .. (review and 'submit' or 'complete') end
      c.part(t, 'd')
      if review then t.state = 'r' else t.state, t.ended = 'D', nows end
      if text ~= '' then c.keep(t, 'r', text) else c.drop(t, 'r') end
      c.event(t, 'completed ' .. text)
      c.save(t)
      if t.state == 'D' then c.release(t) end
    elseif how == 'p' then
      if t.state ~= 'P' then
        t.state = 'P'
        c.event(t, 'paused ' .. text)
        c.save(t)
      end
    elseif how == 'f' then
      c.fail(t, 'f', 'fatal', text)
    elseif how == 'c' then
      c.cancel(t, 'c', text)
    elseif how == 'r' then
      local delay, failure = match(text, '^(%d*) (.*)$')
      if t.attempt >= t.max + 0 then
        c.fail(t, 'r', 'attempts', failure)
      else
        local span = tonumber(delay) or c.delay(t)
        c.give_back(t, 'r')
        t.due = span > 0 and fmt('%016.0f', now + span) or ''
        c.log(t, failure)
        c.event(t, 'retried ' .. (t.due == '' and '-' or t.due) .. ' ' .. failure)
        c.save(t)
      end
    else
      c.give_back(t, how)
      c.uncount(t)
      if how == 's' then
        t.due = fmt('%016.0f', now + text)
        c.event(t, 'snoozed ' .. t.due)
      else
        c.event(t, 'released')
      end
      c.save(t)
    end
    return 'ok ' .. t.state
  end
end
