package api

import (
	"context"
	"sync"
	"time"

	"zhengxiao/api/gen"
)

// GetHealth answers as long as the process does.
func (s *server) GetHealth(context.Context, gen.GetHealthRequestObject) (gen.GetHealthResponseObject, error) {
	return gen.GetHealth200JSONResponse{Status: "ok"}, nil
}

// checkTimeout bounds each question of the readiness check.
const checkTimeout = 2 * time.Second

// GetReady reports what the API depends on. Without SQL it serves nothing; without the
// engine or the object store it still serves reads, without the scanner all but uploads.
// All are asked at once: whoever probes waits for no more than one of them.
func (s *server) GetReady(ctx context.Context, _ gen.GetReadyRequestObject) (gen.GetReadyResponseObject, error) {
	deps := []dependency{{"engine", s.engine.Check}, {"store", s.files.Ping}, {"scanner", s.files.PingScanner}, {"sql", s.store.Ping}}
	var asking sync.WaitGroup
	away := make([]bool, len(deps))
	for i, dep := range deps {
		asking.Go(func() { away[i] = !s.answers(ctx, dep) })
	}
	asking.Wait()
	degraded := []string{}
	for i, dep := range deps {
		if away[i] {
			degraded = append(degraded, dep.name)
		}
	}
	if away[len(deps)-1] {
		return gen.GetReady503JSONResponse{Status: "unavailable", Degraded: degraded}, nil
	}
	if len(degraded) > 0 {
		return gen.GetReady200JSONResponse{Status: "degraded", Degraded: degraded}, nil
	}
	return gen.GetReady200JSONResponse{Status: "ok", Degraded: degraded}, nil
}

// dependency is something without which the API does less.
type dependency struct {
	name  string
	check func(context.Context) error
}

func (s *server) answers(ctx context.Context, d dependency) bool {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	err := d.check(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "dependency does not answer", "name", d.name, "error", err)
	}
	return err == nil
}
