package sso

import (
	"time"
)

// Impatient waits for the provider no longer than d.
func (p *Provider) Impatient(d time.Duration) { p.patience, p.client = d, p.Settings.client(d) }
