package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Metrics are what each process of the product that runs tells Prometheus, by its name. The
// error is of those that tell nothing.
func (c *Cluster) Metrics(ctx context.Context) (map[string]string, error) {
	told := map[string]string{}
	var silent []error
	for _, part := range append(append([]Part{}, c.Workers...), c.APIs...) {
		p, ok := part.(*process)
		if !ok {
			continue
		}
		text, err := get(ctx, "http://"+p.admin+"/metrics")
		if err != nil {
			silent = append(silent, fmt.Errorf("scrape %s: %w", p.name, err))
			continue
		}
		told[p.name] = text
	}
	return told, errors.Join(silent...)
}

// get returns what is answered with a 200.
func get(ctx context.Context, url string) (string, error) { return ask(ctx, http.DefaultClient, url) }

func ask(ctx context.Context, client *http.Client, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	res, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered %d", url, res.StatusCode)
	}
	body, err := io.ReadAll(res.Body)
	return string(body), err
}
