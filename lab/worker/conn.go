package worker

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"
)

// writeTimeout bounds one message to the server.
const writeTimeout = 5 * time.Second

// maxMessage bounds one message from the server: a job carries the metadata of
// its room, which the server limits to 512 KiB.
const maxMessage = 4 << 20

// conn is the web socket of a worker. send may be called by any goroutine,
// receive by one.
type conn struct {
	ws *websocket.Conn
	mu sync.Mutex
}

// dial opens the worker's socket with a token that lets it register agents.
func dial(ctx context.Context, url, apiKey, apiSecret string) (*conn, error) {
	token, err := auth.NewAccessToken(apiKey, apiSecret).
		SetVideoGrant(&auth.VideoGrant{Agent: true}).
		SetValidFor(time.Hour).ToJWT()
	if err != nil {
		return nil, fmt.Errorf("dial server: %w", err)
	}
	endpoint := strings.TrimSuffix(url, "/") + "/agent?protocol=1"
	header := http.Header{"Authorization": {"Bearer " + token}}
	ws, resp, err := websocket.DefaultDialer.DialContext(ctx, endpoint, header)
	if err != nil {
		if resp != nil {
			return nil, fmt.Errorf("dial server: %s: %w", resp.Status, err)
		}
		return nil, fmt.Errorf("dial server: %w", err)
	}
	ws.SetReadLimit(maxMessage)
	return &conn{ws: ws}, nil
}

func (c *conn) send(msg *livekit.WorkerMessage) error {
	data, err := proto.Marshal(msg)
	if err != nil {
		return fmt.Errorf("send to server: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ws.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("send to server: %w", err)
	}
	if err := c.ws.WriteMessage(websocket.BinaryMessage, data); err != nil {
		return fmt.Errorf("send to server: %w", err)
	}
	return nil
}

func (c *conn) receive() (*livekit.ServerMessage, error) {
	_, data, err := c.ws.ReadMessage()
	if err != nil {
		return nil, fmt.Errorf("receive from server: %w", err)
	}
	msg := &livekit.ServerMessage{}
	if err := proto.Unmarshal(data, msg); err != nil {
		return nil, fmt.Errorf("receive from server: %w", err)
	}
	return msg, nil
}

func (c *conn) close() { _ = c.ws.Close() }
