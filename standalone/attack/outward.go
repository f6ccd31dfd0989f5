package attack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// inside are addresses of the server's own network and others that nobody may have it
// dial, however they are written. %s is the port of a trap on this machine.
var inside = []string{
	"http://hooks.example.org/x", "https://127.0.0.1:%s/", "https://[::1]:%s/", "https://[::ffff:127.0.0.1]:%s/", "https://[::ffff:7f00:1]/",
	"https://[0:0:0:0:0:ffff:10.0.0.1]/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/",
	"https://169.254.169.254/latest/meta-data/", "https://100.100.100.200/latest/", "https://168.63.129.16/", "https://[fd00:ec2::254]/",
	"https://[fe80::1]/", "https://[fe80::1%%25lo]/", "https://[fc00::1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[::]/",
	"https://[::127.0.0.1]/", "https://0.0.0.0:%s/", "https://224.0.0.1/", "https://255.255.255.255/", "https://198.18.0.1/",
	"https://localhost:%s/", "https://LOCALHOST.:%s/", "https://trap.localhost:%s/", "https://user:password@hooks.example.org/",
	"https://hooks.example.org#@127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1:%s/_x", "ftp://127.0.0.1/", "javascript:alert(1)",
	"//127.0.0.1/", "https:127.0.0.1", "https://", "https:///x", "https://127.0.0.1\\@hooks.example.org/", " https://127.0.0.1/", "unix:///run/x.sock",
	"dict://127.0.0.1:%s/", "jar:https://hooks.example.org!/", "data:text/plain,x", "https://hooks.example.org:99999/", "https://%%31%%32%%37.0.0.1/",
}

// disguised are names that may stand for this machine once they are looked up; whether
// they are taken is of no account, that nobody knocks at the trap is.
func disguised() []string {
	list := []string{
		"https://2130706433:%s/", "https://0x7f000001:%s/", "https://017700000001:%s/", "https://127.1:%s/", "https://0177.0.0.1:%s/", "https://0:%s/",
		"https://127.0.0.1.:%s/", "https://①②⑦.0.0.1:%s/", "https://ip6-localhost:%s/", "https://localhost.localdomain:%s/",
	}
	if name, err := os.Hostname(); err == nil {
		list = append(list, "https://"+name+":%s/")
	}
	return list
}

func aimed(pattern, port string) string {
	if strings.Contains(pattern, "%s") {
		return fmt.Sprintf(pattern, port)
	}
	return strings.ReplaceAll(pattern, "%%", "%")
}

// trap listens on this machine and counts who comes.
type trap struct {
	net.Listener

	port string
	hits atomic.Int64
}

func newTrap(ctx context.Context) (*trap, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "0.0.0.0:0")
	if err != nil {
		return nil, err
	}
	t := &trap{Listener: l}
	_, t.port, _ = net.SplitHostPort(l.Addr().String())
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.hits.Add(1)
			_ = c.Close()
		}
	}()
	return t, nil
}

// outward has the server send where it must not.
func (a *attacker) outward(ctx context.Context) error {
	t, err := newTrap(ctx)
	if err != nil {
		return fmt.Errorf("lay a trap: %w", err)
	}
	defer func() { _ = t.Close() }()
	u := a.cast.users[domain.RoleSysadmin]
	for _, pattern := range inside {
		address := aimed(pattern, t.port)
		for _, kind := range []string{"webhook", "wecom", "dingtalk", "feishu"} {
			got, err := a.channel(ctx, u.OrgID, kind, map[string]any{"url": address, "secret": "s"})
			a.refused(kind+" to "+address, got, err)
		}
		got, err := a.send(ctx, request{
			method: http.MethodPut, path: "/api/v1/orgs/" + u.OrgID + "/registry", token: a.cast.tokens[domain.RoleSysadmin],
			body: map[string]any{"mode": "push", "project": "x", "url": address, "auth": "none"},
		})
		a.refused("registry at "+address, got, err)
	}
	return a.knock(ctx, u.OrgID, t)
}

func (a *attacker) channel(ctx context.Context, orgID, kind string, draft map[string]any) (answer, error) {
	draft["name"], draft["topics"], draft["quiet"], draft["disabled"] = "attack", []string{}, map[string]any{
		"from": 0, "to": 0, "working_days": false, "urgent": false,
	}, false
	return a.send(ctx, request{
		method: http.MethodPost, path: "/api/v1/channels", token: a.cast.tokens[domain.RoleSysadmin],
		body: map[string]any{"org_id": orgID, "kind": kind, "channel": draft},
	})
}

// knock sends a message to every disguise that is taken, and to mail servers that are this
// machine.
func (a *attacker) knock(ctx context.Context, orgID string, t *trap) error {
	var sent []string
	try := func(what string, kind string, draft map[string]any) error {
		got, err := a.channel(ctx, orgID, kind, draft)
		if err != nil || got.status >= http.StatusInternalServerError {
			return fmt.Errorf("%s: %d %.200s %w", what, got.status, got.body, err)
		}
		if got.status != http.StatusCreated {
			a.refused(what, got, err)
			return nil
		}
		var made gen.Channel
		if err := json.Unmarshal([]byte(got.body), &made); err != nil {
			return fmt.Errorf("channel: %w", err)
		}
		if err := a.reachable(ctx, kind); err != nil {
			return err
		}
		got, err = a.send(ctx, request{
			method: http.MethodPost, path: "/api/v1/channels/" + made.Id + "/test", token: a.cast.tokens[domain.RoleSysadmin],
		})
		if err != nil || got.status != http.StatusAccepted {
			return fmt.Errorf("try %s: %d %.200s %w", what, got.status, got.body, err)
		}
		sent = append(sent, made.Id)
		return nil
	}
	for _, pattern := range disguised() {
		address := aimed(pattern, t.port)
		if err := try("webhook to "+address, "webhook", map[string]any{"url": address, "secret": "s"}); err != nil {
			return err
		}
	}
	var port int
	if _, err := fmt.Sscan(t.port, &port); err != nil {
		return fmt.Errorf("port of the trap: %w", err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "::1", "2130706433", "0.0.0.0"} {
		for _, security := range []string{"starttls", "tls", "none"} {
			server := map[string]any{"host": host, "port": port, "security": security, "from": "zx@example.org"}
			if err := try("mail by "+host+" "+security, "mail", map[string]any{"server": server}); err != nil {
				return err
			}
		}
	}
	if err := a.settled(ctx, sent); err != nil {
		return err
	}
	a.note("nobody came to the trap", t.hits.Load() == 0, fmt.Sprint(t.hits.Load(), " connections"))
	return nil
}

// reachable gives the administrator an address for mail, which the server believes proved.
func (a *attacker) reachable(ctx context.Context, kind string) error {
	u := a.cast.users[domain.RoleSysadmin]
	c, err := a.Store.Contact(ctx, u.ID)
	if err != nil || kind != "mail" || c.VerifiedAt != nil {
		return err
	}
	if _, err := a.Store.AskMail(ctx, &u, "attack@example.org"); err != nil {
		return fmt.Errorf("address for mail: %w", err)
	}
	const prove = "UPDATE contacts SET mail_enc = pending_enc, mail_mask = pending_mask, verified_at = updated_at WHERE user_id = ?"
	return a.Store.DB(ctx).Exec(prove, u.ID).Error
}

var errSlow = errors.New("nothing came of it in time")

// settled waits until something came of every message of some channels: one that is being
// sent has neither got through nor failed yet.
func (a *attacker) settled(ctx context.Context, channels []string) error {
	const patience, pause = 2 * time.Minute, 100 * time.Millisecond
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	look := time.NewTicker(pause)
	defer look.Stop()
	for {
		var open int64
		err := a.Store.DB(ctx).Model(&models.Delivery{}).Where("channel_id IN ? AND code = '' AND ended_at IS NULL", channels).Count(&open).Error
		switch {
		case err != nil:
			return fmt.Errorf("look for messages: %w", err)
		case open == 0:
			return a.struck(ctx, channels)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: %d messages are still to be tried", errSlow, open)
		}
	}
}

// struck says of every message that was tried that it has not got through, and puts its
// channel out of use.
func (a *attacker) struck(ctx context.Context, channels []string) error {
	var rows []models.Delivery
	if err := a.Store.DB(ctx).Where("channel_id IN ?", channels).Find(&rows).Error; err != nil {
		return fmt.Errorf("look for messages: %w", err)
	}
	for _, d := range rows {
		a.note("message by channel "+d.ChannelID, d.State != models.DeliverySent && d.Code != "", fmt.Sprintf("%s %s", d.State, d.Code))
	}
	return a.Store.DB(ctx).Model(&models.Channel{}).Where("id IN ?", channels).Update("disabled", true).Error
}
