package cluster

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"zhengxiao/evidence"
	"zhengxiao/internal/testkit/wire"
	"zhengxiao/standalone/internal/netaddr"
)

// Namespace holds the cases.
const Namespace = "zhengxiao"

const database = "zhengxiao"

// FirstVersion is the version of the workers that a cluster starts with.
const FirstVersion = "1"

// Options say what a cluster is made of.
type Options struct {
	Root          string // the checkout
	Dir           string // data, logs and certificates
	Programs      Programs
	APIs, Workers int
}

// Cluster is the running whole. Users reach it by Users and UserObjects; every other link
// lies between two parts.
type Cluster struct {
	MySQL    *MySQL
	Temporal Part
	Objects  Part
	APIs     []Part
	Workers  []Part

	Users, UserObjects                          *Link
	APIDatabase, APIEngine, APIObjects          *Link
	WorkerDatabase, WorkerEngine, WorkerObjects *Link
	EngineDatabase                              *Link

	// Founders is what the migration says about the first accounts.
	Founders string

	root, dir           string
	programs            Programs
	certs               certs
	secretKey           string // of the object store's root
	storeSecrets        map[evidence.Process]string
	dataKeys, codecKeys string
	auditKey            string // only workers have it
	engine              engineAddresses
	apiAddrs            []string
	objectsAddr         string
	end                 context.CancelFunc
}

// Link is a stretch of network.
type Link struct {
	*wire.Wire

	Name string
}

// Start starts everything, in the order of production: database, engine, store, schema,
// workers, servers. Close ends it.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	c := &Cluster{root: o.Root, dir: o.Dir, programs: o.Programs, end: end}
	err := c.start(ctx, life, o)
	if err != nil {
		err = errors.Join(err, c.Close())
	}
	return c, err
}

func (c *Cluster) start(ctx, life context.Context, o Options) error {
	c.secretKey, c.dataKeys, c.codecKeys, c.auditKey = hex.EncodeToString(random(16)), "k1:"+key(), "c1:"+key(), key()
	c.storeSecrets = map[evidence.Process]string{}
	for _, p := range evidence.Processes() {
		c.storeSecrets[p] = hex.EncodeToString(random(16))
	}
	var err error
	if c.certs, err = newCerts(c.dir + "/certs"); err != nil {
		return err
	}
	c.MySQL = newMySQL(c.root, "cluster-"+strconv.Itoa(os.Getpid()))
	if err := c.MySQL.Start(ctx); err != nil {
		return err
	}
	if err := c.addresses(ctx, o.APIs); err != nil {
		return err
	}
	if err := c.links(life); err != nil {
		return err
	}
	c.Objects = c.newObjects(c.objectsAddr)
	if c.Temporal, err = c.newTemporal(ctx); err != nil {
		return err
	}
	for _, p := range []Part{c.Objects, c.Temporal} {
		if err := p.Start(ctx); err != nil {
			return err
		}
	}
	if err := c.prepareObjects(ctx); err != nil {
		return err
	}
	if _, err := c.Command(ctx, "engine", "setup"); err != nil {
		return err
	}
	if err := c.MySQL.Exec(ctx, "CREATE DATABASE "+database+" CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci"); err != nil {
		return err
	}
	if c.Founders, err = c.migrate(ctx); err != nil {
		return err
	}
	for i := range o.Workers {
		w, err := c.NewWorker(ctx, fmt.Sprintf("worker-%d", i+1), c.programs.Zhengxiao, FirstVersion)
		if err != nil {
			return err
		}
		c.Workers = append(c.Workers, w)
	}
	for i, addr := range c.apiAddrs {
		a, err := c.newAPI(ctx, fmt.Sprintf("api-%d", i+1), c.programs.Zhengxiao, addr)
		if err != nil {
			return err
		}
		c.APIs = append(c.APIs, a)
	}
	for _, p := range append(c.Workers, c.APIs...) {
		if err := p.Start(ctx); err != nil {
			return err
		}
	}
	_, err = c.Command(ctx, "promote")
	return err
}

// addresses chooses the addresses that stay for the cluster's life.
func (c *Cluster) addresses(ctx context.Context, apis int) error {
	var err error
	if c.objectsAddr, err = free(ctx); err != nil {
		return err
	}
	for range apis {
		addr, err := free(ctx)
		if err != nil {
			return err
		}
		c.apiAddrs = append(c.apiAddrs, addr)
	}
	c.engine, err = newEngineAddresses(ctx)
	return err
}

func (c *Cluster) links(life context.Context) error {
	one := func(addr string) func() []string { return func() []string { return []string{addr} } }
	mysql := func() []string { return []string{c.MySQL.Addr()} }
	for _, k := range []struct {
		at   **Link
		name string
		to   func() []string
	}{
		{&c.Users, "users–api", func() []string { return c.apiAddrs }},
		{&c.UserObjects, "users–minio", one(c.objectsAddr)},
		{&c.APIDatabase, "api–mysql", mysql},
		{&c.APIEngine, "api–temporal", one(c.engine.frontend())},
		{&c.APIObjects, "api–minio", one(c.objectsAddr)},
		{&c.WorkerDatabase, "worker–mysql", mysql},
		{&c.WorkerEngine, "worker–temporal", one(c.engine.frontend())},
		{&c.WorkerObjects, "worker–minio", one(c.objectsAddr)},
		{&c.EngineDatabase, "temporal–mysql", mysql},
	} {
		w, err := wire.Open(life, k.to)
		if err != nil {
			return err
		}
		*k.at = &Link{w, k.name}
	}
	return nil
}

// URL is where users reach the product.
func (c *Cluster) URL() string { return "http://" + c.Users.Addr }

// Links are all stretches of network.
func (c *Cluster) Links() []*Link {
	return []*Link{
		c.Users, c.UserObjects, c.APIDatabase, c.APIEngine, c.APIObjects,
		c.WorkerDatabase, c.WorkerEngine, c.WorkerObjects, c.EngineDatabase,
	}
}

// Parts are all parts, those that others stand on first.
func (c *Cluster) Parts() []Part {
	all := []Part{}
	if c.MySQL != nil {
		all = append(all, c.MySQL)
	}
	for _, p := range []Part{c.Objects, c.Temporal} {
		if p != nil {
			all = append(all, p)
		}
	}
	return append(append(all, c.Workers...), c.APIs...)
}

// Close ends everything and deletes the database; logs stay in the folder.
func (c *Cluster) Close() error {
	var err error
	parts := c.Parts()
	for i := range parts {
		p := parts[len(parts)-1-i]
		if p == Part(c.MySQL) {
			err = errors.Join(err, c.MySQL.Remove())
			continue
		}
		err = errors.Join(err, p.Kill())
	}
	c.end()
	return err
}

// Ready returns when every server says that it is ready.
func (c *Cluster) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for _, addr := range c.apiAddrs {
		for {
			err := answers(ctx, "http://"+addr+"/readyz")
			if err == nil {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("wait for the servers: %w", err)
			case <-tick.C:
			}
		}
	}
	return nil
}

// free is an address that nobody but its part comes to use, also while that part is away.
func free(ctx context.Context) (string, error) {
	return netaddr.Resolve(ctx, "127.0.0.1:0", "")
}

func key() string { return base64.StdEncoding.EncodeToString(random(32)) }

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
