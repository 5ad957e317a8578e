package probe

import (
	"fmt"
	"time"
)

// stepBargeIn begins to speak once the agent has talked for long enough, at a
// moment when it is heard: a pause between its sentences is waited out.
func (c *conductor) stepBargeIn(now time.Duration, t Turn) {
	talk, talked := c.talkOnset()
	if e := c.ear(); e != nil {
		if e.speaking() {
			if now-talk >= t.When.After {
				c.begin(t)
			}
			return
		}
	}
	if now-c.since <= t.Reply.Timeout {
		return
	}
	if !talked {
		c.end(Ending{Stage: StageTurn, Reason: AgentSilent, Detail: "the agent said nothing to barge in on"})
		return
	}
	c.end(Ending{
		Stage: StageTurn, Reason: ReplyWrong,
		Detail: fmt.Sprintf("the agent fell silent before the caller could barge in %v into its talk", t.When.After),
		Remedy: "barge in earlier, or ask for what takes longer to answer",
	})
}

// talkOnset returns when the agent began the talk under way: its reply to the
// turn before, or its greeting.
func (c *conductor) talkOnset() (onset time.Duration, ok bool) {
	if c.replyAt > 0 {
		return c.replyAt, true
	}
	if e := c.ear(); e != nil {
		return e.after(c.talkFrom)
	}
	return 0, false
}
