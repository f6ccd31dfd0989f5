package temporalx

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Retention is for how long the engine keeps ended workflows unless told otherwise.
const Retention = 90 * 24 * time.Hour

// Namespace is what the product needs the engine to have.
type Namespace struct {
	Name       string
	Retention  time.Duration // at least; 0 is any
	Attributes map[string]enums.IndexedValueType
}

// lack is a difference between what is needed and what is there. The zero value is none.
type lack struct {
	namespace  bool
	short      bool          // ended workflows are kept too short
	retention  time.Duration // for how long they are kept; 0 is not at all
	attributes map[string]enums.IndexedValueType
	mistyped   []string
}

// Missing says in the user's language what the engine lacks, nothing if it lacks nothing.
func (n Namespace) Missing(ctx context.Context, c client.Client) ([]string, error) {
	l, err := n.compare(ctx, c)
	if err != nil {
		return nil, err
	}
	return n.describe(l), nil
}

// Setup makes what is missing and says what it made. It may be repeated: a longer
// retention stays, since what is shortened is gone; other attributes stay. It returns when
// the engine's servers, which learn of changes with a delay, can use what is there.
func (n Namespace) Setup(ctx context.Context, c client.Client) ([]string, error) {
	l, err := n.compare(ctx, c)
	if err != nil {
		return nil, err
	}
	if len(l.mistyped) > 0 {
		return nil, fmt.Errorf("search attributes %s exist with another type", strings.Join(l.mistyped, ", "))
	}
	made := n.describe(l)
	if l.namespace {
		if err := n.register(ctx, c); err != nil {
			return nil, err
		}
	}
	if l.short {
		_, err := c.WorkflowService().UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
			Namespace: n.Name, Config: &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(n.Retention)},
		})
		if err != nil {
			return nil, fmt.Errorf("prolong retention: %w", err)
		}
	}
	if len(l.attributes) > 0 {
		err := until(ctx, func(ctx context.Context) error {
			_, err := c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
				Namespace: n.Name, SearchAttributes: l.attributes,
			})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("add search attributes: %w", err)
		}
	}
	if len(made) == 0 {
		return nil, nil
	}
	return made, n.await(ctx, c)
}

func (n Namespace) register(ctx context.Context, c client.Client) error {
	_, err := c.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: n.Name, Description: "整校推进", WorkflowExecutionRetentionPeriod: durationpb.New(max(n.Retention, 24*time.Hour)),
	})
	if _, exists := errors.AsType[*serviceerror.NamespaceAlreadyExists](err); err != nil && !exists {
		return fmt.Errorf("register namespace: %w", err)
	}
	return nil
}

func (n Namespace) compare(ctx context.Context, c client.Client) (lack, error) {
	there, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: n.Name})
	if _, none := errors.AsType[*serviceerror.NamespaceNotFound](err); none {
		return lack{namespace: true, attributes: n.Attributes}, nil
	}
	if err != nil {
		return lack{}, fmt.Errorf("describe namespace: %w", err)
	}
	known, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: n.Name})
	if err != nil {
		return lack{}, fmt.Errorf("list search attributes: %w", err)
	}
	l := lack{attributes: map[string]enums.IndexedValueType{}}
	l.retention = there.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration()
	l.short = l.retention < n.Retention
	for name, kind := range n.Attributes {
		switch has, ok := known.GetCustomAttributes()[name]; {
		case !ok:
			l.attributes[name] = kind
		case has != kind:
			l.mistyped = append(l.mistyped, name)
		}
	}
	slices.Sort(l.mistyped)
	return l, nil
}

func (n Namespace) describe(l lack) []string {
	var out []string
	if l.namespace {
		out = append(out, fmt.Sprintf("命名空间 %s", n.Name))
	}
	if l.short {
		out = append(out, fmt.Sprintf("保留期 %s（现为 %s）", span(n.Retention), span(l.retention)))
	}
	for _, name := range slices.Sorted(maps.Keys(l.attributes)) {
		out = append(out, fmt.Sprintf("搜索属性 %s（%s）", name, l.attributes[name]))
	}
	for _, name := range l.mistyped {
		out = append(out, fmt.Sprintf("搜索属性 %s 的类型应为 %s，须先由管理员改名或删除原有的", name, n.Attributes[name]))
	}
	return out
}

// span is whole days, or hours where there is no whole day.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	if 0 < d && d < day {
		return fmt.Sprintf("%d 小时", d/time.Hour)
	}
	return fmt.Sprintf("%d 天", d/day)
}

// await asks for the attributes until a query by them is understood.
func (n Namespace) await(ctx context.Context, c client.Client) error {
	query := []string{"WorkflowId = ''"}
	for _, name := range slices.Sorted(maps.Keys(n.Attributes)) {
		query = append(query, name+" = ''")
	}
	return until(ctx, func(ctx context.Context) error {
		_, err := c.WorkflowService().CountWorkflowExecutions(ctx, &workflowservice.CountWorkflowExecutionsRequest{
			Namespace: n.Name, Query: strings.Join(query, " AND "),
		})
		return err
	})
}

// until repeats what a server refuses that has not yet heard of the namespace or of its
// attributes.
func until(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := do(ctx)
		_, unknown := errors.AsType[*serviceerror.NamespaceNotFound](err)
		_, invalid := errors.AsType[*serviceerror.InvalidArgument](err)
		if !unknown && !invalid {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for namespace: %w (last answer: %w)", ctx.Err(), err)
		case <-tick.C:
		}
	}
}
