package worker

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"time"

	"zhengxiao/internal/outbound"
	"zhengxiao/internal/registry/push"
	"zhengxiao/models"
)

const (
	// registryIdle is how soon is looked again when nothing is to be sent or fetched.
	registryIdle = 2 * time.Second
	// registryWithin is how long a registry may take to answer, well below the time that
	// the store leaves a worker.
	registryWithin = time.Minute
	// receiptPage is how many receipts are fetched at a time, receiptPages how often in one go.
	receiptPage  = 500
	receiptPages = 50
)

// Registrar hands confirmed hours to registries and fetches their receipts. It keeps
// nothing: what was sent and what was answered is in the store.
type Registrar struct {
	Store    *models.Store
	Outbound outbound.Policy
	HTTP     *http.Client // made by Outbound when nil

	known map[string]*http.Client // those with a certificate, by its key
}

// registerHours works until ctx is done.
func registerHours(ctx context.Context, d Deps) {
	r := Registrar{Store: d.Store, Outbound: d.Outbound}
	for {
		more, err := r.Step(ctx)
		if err != nil && ctx.Err() == nil {
			d.Logger.WarnContext(ctx, "register hours", "error", err)
		}
		if more && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(registryIdle):
		}
	}
}

// Step sends one page, or fetches the receipts of one registry, and reports whether there
// was anything to do.
func (r *Registrar) Step(ctx context.Context) (bool, error) {
	page, unsent := r.Store.NextRegistryPage(ctx)
	if page != nil {
		return true, errors.Join(unsent, r.send(ctx, page))
	}
	poll, err := r.Store.NextRegistryPoll(ctx)
	if poll == nil {
		return false, errors.Join(unsent, err)
	}
	return true, errors.Join(unsent, err, r.fetch(ctx, poll))
}

func (r *Registrar) send(ctx context.Context, p *models.RegistryPage) error {
	if len(p.Lines) == 0 {
		return nil // the batch has just come to its end
	}
	c, err := r.client(p.Endpoint)
	var res push.Result
	if err == nil {
		res, err = c.Send(ctx, p.Batch, p.Lines)
	}
	if f, failed := failure(err); failed {
		// What became of it is noted even when the worker is about to end.
		return r.Store.RegistryPageFailed(context.WithoutCancel(ctx), p, f.Text, f.Permanent, f.After)
	}
	_, err = r.Store.RegistryPageSent(ctx, p, res.Answers)
	return err
}

// fetch reads receipts page after page. Those that were read before change nothing, so it
// may stop anywhere.
func (r *Registrar) fetch(ctx context.Context, p *models.RegistryPoll) error {
	c, err := r.client(p.Endpoint)
	for range receiptPages {
		var res push.Result
		if err == nil {
			res, err = c.Receipts(ctx, p.After, receiptPage)
		}
		if f, failed := failure(err); failed {
			return r.Store.RegistryPolled(context.WithoutCancel(ctx), p, "", f.Text, f.After)
		}
		if _, err := r.Store.HearRegistry(ctx, p.Endpoint.OrgID, res.Answers, ""); err != nil {
			return err
		}
		trouble := ""
		if len(res.Strange) > 0 {
			trouble = "登记系统的回执中有无法识别的内容：" + res.Strange[0]
		}
		if err := r.Store.RegistryPolled(ctx, p, res.Next, trouble, 0); err != nil {
			return err
		}
		if res.Next == "" || res.Next == p.After {
			return nil
		}
		p.After = res.Next
	}
	return nil
}

func (r *Registrar) client(at models.RegistryEndpoint) (*push.Client, error) {
	if _, err := r.Outbound.CheckURL(at.URL); err != nil {
		return nil, &push.FailureError{Permanent: true, Text: "登记系统的接口地址不在允许的范围内，请管理员核对登记设置", Err: err}
	}
	client, err := r.connections(at)
	if err != nil {
		return nil, err
	}
	return &push.Client{URL: at.URL, Auth: at.Auth, Secret: at.Secret, HTTP: client, Now: r.Store.Now}, nil
}

// connections are those to a registry that knows us by certificate, or those to all others.
func (r *Registrar) connections(at models.RegistryEndpoint) (*http.Client, error) {
	if at.Certificate == "" {
		if r.HTTP == nil {
			r.HTTP = r.Outbound.Client(registryWithin)
		}
		return r.HTTP, nil
	}
	pair := at.Certificate + at.Key
	if r.known[pair] == nil {
		c, err := tls.X509KeyPair([]byte(at.Certificate), []byte(at.Key))
		if err != nil {
			return nil, &push.FailureError{Permanent: true, Text: "登记设置中的客户端证书不能使用，请管理员重新填写", Err: err}
		}
		own := r.Outbound
		own.Certificates = []tls.Certificate{c}
		if r.known == nil {
			r.known = map[string]*http.Client{}
		}
		r.known[pair] = own.Client(registryWithin)
	}
	return r.known[pair], nil
}

// failure is what went wrong with a request, in words for the bureau.
func failure(err error) (*push.FailureError, bool) {
	if err == nil {
		return nil, false
	}
	if f, ok := errors.AsType[*push.FailureError](err); ok {
		return f, true
	}
	return &push.FailureError{Text: "报送出错", Err: err}, true
}
