package api

import (
	"context"
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
func (s *server) GetReady(ctx context.Context, _ gen.GetReadyRequestObject) (gen.GetReadyResponseObject, error) {
	degraded := []string{}
	for _, dep := range []struct {
		name  string
		check func(context.Context) error
	}{{"engine", s.engine.Check}, {"store", s.files.Ping}, {"scanner", s.files.PingScanner}} {
		if !s.answers(ctx, dep.name, dep.check) {
			degraded = append(degraded, dep.name)
		}
	}
	if !s.answers(ctx, "sql", s.store.Ping) {
		return gen.GetReady503JSONResponse{Status: "unavailable", Degraded: append(degraded, "sql")}, nil
	}
	if len(degraded) > 0 {
		return gen.GetReady200JSONResponse{Status: "degraded", Degraded: degraded}, nil
	}
	return gen.GetReady200JSONResponse{Status: "ok", Degraded: degraded}, nil
}

func (s *server) answers(ctx context.Context, name string, check func(context.Context) error) bool {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	err := check(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "dependency does not answer", "name", name, "error", err)
	}
	return err == nil
}
