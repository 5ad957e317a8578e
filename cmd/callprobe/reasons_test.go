package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"callprobe/probe"
)

// These tests call a real LiveKit server with a real agent worker; nothing in
// them is simulated but the agent's misbehaviour.

func TestEveryAgentReasonComesFromARealCall(t *testing.T) {
	lab := theLab(t)
	for _, tc := range []struct {
		name   string
		args   []string
		reason probe.Reason
	}{
		{"a good agent is answered", nil, probe.Answered},
		{"no worker under that name is no_agent", []string{"--agent-name=nobody"}, probe.NoAgent},
		{"a job that never joins is no_agent", []string{fault(`{"no_join":true}`)}, probe.NoAgent},
		{"a refused job is no_agent", []string{fault(`{"reject":true}`)}, probe.NoAgent},
		{"an agent that never speaks is agent_silent", []string{fault(`{"silent":true}`)}, probe.AgentSilent},
		{"an agent that sends digital silence is agent_silent", []string{fault(`{"digital_silence":true}`)}, probe.AgentSilent},
		{"an agent that hears nothing is agent_silent", []string{fault(`{"deaf":true}`)}, probe.AgentSilent},
		{"an agent that leaves is agent_left", []string{fault(`{"leave_after":"3s"}`)}, probe.AgentLeft},
		{"an agent that dies is agent_left", []string{fault(`{"die_after":"6s","reply_delay":"4s"}`)}, probe.AgentLeft},
		{"a slow agent is reply_late", []string{fault(`{"reply_delay":"4s"}`)}, probe.ReplyLate},
		{"a garbled transcript is stt_wrong", []string{fault(`{"garble":{"substitute":3}}`)}, probe.STTWrong},
		{"a transcript that never comes is stt_missing", []string{fault(`{"no_transcript":true}`)}, probe.STTMissing},
		{"a room deleted under the call is room_lost", []string{fault(`{"close_room_after":"3s"}`)}, probe.RoomLost},
		{"an agent that joins late is still answered", []string{fault(`{"join_delay":"4s"}`)}, probe.Answered},
		{"comfort noise does not answer for the agent", []string{fault(`{"silent":true,"comfort_noise":-50}`)}, probe.AgentSilent},
		{"background noise does not spoil a call", []string{fault(`{"background_noise":-45}`)}, probe.Answered},
		{"a click before the reply does not spoil a call", []string{fault(`{"click_before_reply":"300ms"}`)}, probe.Answered},
		{"DTX off makes no difference", []string{fault(`{"dtx":false}`)}, probe.Answered},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := callLab(t, lab, nil, append([]string{"opening-hours"}, tc.args...)...)
			wantReason(t, got, tc.reason)
			atMost(t, got, 60*time.Second)
		})
	}
}

func TestTheWrongAnswerIsReplyWrong(t *testing.T) {
	lab := theLab(t)
	scenario := filepath.Join(t.TempDir(), "nine.yaml")
	text := "turns:\n  - say: opening-hours\n    reply:\n      matches: (?i)nine\n"
	if err := os.WriteFile(scenario, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("the right answer passes", func(t *testing.T) {
		t.Parallel()
		wantReason(t, callLab(t, lab, nil, scenario), probe.Answered)
	})
	t.Run("another answer fails", func(t *testing.T) {
		t.Parallel()
		wantReason(t, callLab(t, lab, nil, scenario, fault(`{"wrong_reply":true}`)), probe.ReplyWrong)
	})
}

func TestEveryBuiltInScenarioPassesAgainstAGoodAgent(t *testing.T) {
	lab := theLab(t)
	for _, name := range builtins() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := callLab(t, lab, nil, name)
			wantReason(t, got, probe.Answered)
			for i, turn := range got.report.Turns {
				if turn.STT != nil && turn.STT.WER != nil && *turn.STT.WER != 0 {
					t.Errorf("turn %d: WER %.2f, the lab hears perfectly", i+1, *turn.STT.WER)
				}
			}
		})
	}
}

func TestTalkOverIsNegativeAndFlagged(t *testing.T) {
	lab := theLab(t)
	got := callLab(t, lab, nil, "opening-hours", fault(`{"talk_over":"800ms"}`))
	if len(got.report.Turns) == 0 || got.report.Turns[0].TTFA == nil {
		t.Fatalf("no TTFA: %s", got.out)
	}
	if turn := got.report.Turns[0]; *turn.TTFA >= 0 || !turn.TalkOver {
		t.Errorf("TTFA %.3f, talk over %v; want a negative TTFA", *turn.TTFA, turn.TalkOver)
	}
}

func TestTheServerGoneMidCallIsRoomLost(t *testing.T) {
	lab := ownLab(t)
	killed := make(chan error, 1)
	go func() {
		_, err := lab.Await(t.Context(), "", func(lines []labLine) bool { return hasEvent(lines, "heard") })
		if err == nil {
			err = lab.Tell("kill-server")
		}
		killed <- err
	}()
	got := callOnce(t, lab, nil, "booking")
	if err := <-killed; err != nil {
		t.Fatal(err)
	}
	wantReason(t, got, probe.RoomLost)
	atMost(t, got, 30*time.Second)
}
