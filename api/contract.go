package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/gin-gonic/gin"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/hygiene"
	"zhengxiao/internal/roster"
)

// contract knows the operation behind every route and checks requests against it.
type contract struct {
	routes map[string]operation // by method and gin route
}

// operation is one entry of the contract with its rule of access.
type operation struct {
	route   *routers.Route
	rule    rule
	step    stepUp
	maxBody int // bytes
}

func (o operation) id() string { return o.route.Operation.OperationID }

// loadContract reads the embedded contract and pairs it with the access table: an
// operation without a rule is a programming error that stops the start. Every server of a
// process shares it.
var loadContract = sync.OnceValues(func() (*contract, error) {
	spec, err := gen.GetSpec()
	if err != nil {
		return nil, fmt.Errorf("load contract: %w", err)
	}
	// Paths here are absolute; servers would be matched against the host.
	spec.Servers = nil
	c := &contract{routes: map[string]operation{}}
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			r, ok := rules[op.OperationID]
			if !ok {
				return nil, fmt.Errorf("operation %s has no rule in the access table", op.OperationID)
			}
			step, err := stepUpOf(op.Extensions["x-step-up"])
			if err != nil {
				return nil, fmt.Errorf("operation %s: %w", op.OperationID, err)
			}
			c.routes[method+" "+ginPath(path)] = operation{
				rule:    r,
				step:    step,
				route:   &routers.Route{Spec: spec, Path: path, PathItem: item, Method: method, Operation: op},
				maxBody: bodyLimit(op),
			}
		}
	}
	return c, nil
})

var pathParam = regexp.MustCompile(`\{(\w+)\}`)

func ginPath(path string) string { return pathParam.ReplaceAllString(path, ":$1") }

const operationKey = "operation"

// resolve finds the operation; requests without one go on to the 404 and 405 answers.
// Addresses that no honest client sends stop here, before anything looks them up.
func (k *contract) resolve(c *gin.Context) {
	query, err := url.QueryUnescape(c.Request.URL.RawQuery)
	if err == nil {
		_, err = url.ParseQuery(c.Request.URL.RawQuery) // what it cannot read, handlers would not see
	}
	if err != nil || misleading(query) || misleading(c.Request.URL.Path) {
		writeProblem(c, errAddress)
		return
	}
	if op, ok := k.routes[c.Request.Method+" "+c.FullPath()]; ok {
		c.Set(operationKey, op)
	}
	c.Next()
}

func operationOf(c *gin.Context) (operation, bool) {
	v, ok := c.Get(operationKey)
	if !ok {
		return operation{}, false
	}
	return v.(operation), true //nolint:forcetypeassert // only resolve sets it
}

// readBody takes the whole body, bounded and in valid UTF-8 JSON, before anybody looks
// at it.
func (k *contract) readBody(c *gin.Context) {
	op, ok := operationOf(c)
	if !ok || op.route.Operation.RequestBody == nil {
		c.Next()
		return
	}
	if op.takesFile() {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, roster.MaxBytes) // read by whoever takes it
		c.Next()
		return
	}
	want, wrong := "application/json", errMediaType
	if op.takesForm() {
		want, wrong = formType, errFormType
	}
	media, params, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || media != want || (params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8")) {
		writeProblem(c, wrong)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, int64(op.maxBody)))
	if err != nil {
		writeProblem(c, bodyError(err, op.maxBody))
		return
	}
	if !utf8.Valid(body) {
		writeProblem(c, apperr.New(apperr.Invalid, "请求内容含有无法识别的字符（不是有效的 UTF-8），请重新输入。"))
		return
	}
	switch {
	case op.takesForm():
		if c.Request.URL.RawQuery != "" || !plainForm(string(body)) { // which the generated server takes for the form
			writeProblem(c, errForm)
			return
		}
	case len(body) > 0: // whether there must be one is the contract's to say
		if err := hygiene.JSON(body, isLine); err != nil {
			writeProblem(c, err)
			return
		}
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	c.Next()
}

// binaryType is the media type of a body that is a file.
const binaryType = "application/octet-stream"

// formType is the media type of a body that another system sends as a standard has it.
const formType = "application/x-www-form-urlencoded"

// takesForm reports whether the body is a form.
func (o operation) takesForm() bool {
	b := o.route.Operation.RequestBody
	return b != nil && b.Value.Content[formType] != nil
}

// plainForm reports whether a form says each thing once, in text that does not mislead.
func plainForm(body string) bool {
	values, err := url.ParseQuery(body)
	if err != nil {
		return false
	}
	for name, all := range values {
		if len(all) > 1 || !utf8.ValidString(name) || misleading(name) || !utf8.ValidString(all[0]) || misleading(all[0]) {
			return false
		}
	}
	return true
}

// takesFile reports whether the body is a file.
func (o operation) takesFile() bool {
	b := o.route.Operation.RequestBody
	return b != nil && b.Value.Content[binaryType] != nil
}

func bodyError(err error, limit int) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return apperr.Newf(apperr.TooLarge, "请求内容超过 %d KB，请减少内容或分批提交。", limit>>10)
	}
	return apperr.Wrap(err, apperr.Invalid, "请求内容没有传完，请重试。")
}

// validate checks parameters and body against the contract.
func (k *contract) validate(c *gin.Context) {
	op, ok := operationOf(c)
	if !ok {
		c.Next()
		return
	}
	if media, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); op.takesFile() && (err != nil || media != binaryType) {
		writeProblem(c, errFileType)
		return
	}
	file := c.Request.Body
	if op.takesFile() {
		c.Request.Body = http.NoBody // the validator would read it whole
	}
	params := map[string]string{}
	for _, p := range c.Params {
		params[p.Key] = p.Value
	}
	err := openapi3filter.ValidateRequest(c.Request.Context(), &openapi3filter.RequestValidationInput{
		Request: c.Request, PathParams: params, Route: op.route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
			ExcludeRequestBody: op.takesFile(),
		},
	})
	if err != nil {
		writeProblem(c, contractError(err))
		return
	}
	if op.takesFile() {
		c.Request.Body = file
	}
	c.Next()
}

// contractError says in the user's language what is wrong with which field.
func contractError(err error) error {
	e, ok := errors.AsType[*openapi3filter.RequestError](err)
	if !ok {
		return apperr.Wrap(err, apperr.Invalid, "请求不符合接口约定，请检查后重试。")
	}
	field := ""
	if e.Parameter != nil {
		field = e.Parameter.Name
	}
	if field == "Idempotency-Key" {
		return apperr.Wrap(err, apperr.MissingKey, "缺少有效的 Idempotency-Key：请为每次办理提供 8 至 128 个可打印字符的唯一键。").On(field)
	}
	schema, ok := errors.AsType[*openapi3.SchemaError](err)
	if !ok {
		if e.Parameter == nil {
			return apperr.Wrap(err, apperr.Invalid, "请求内容不是有效的 JSON，请检查后重试。")
		}
		return apperr.Wrap(err, apperr.Invalid, fmt.Sprintf("参数“%s”缺失或格式不正确。", field)).On(field)
	}
	path := schema.JSONPointer()
	if m := unknownProperty.FindStringSubmatch(schema.Reason); m != nil {
		path = append(path, m[1])
	}
	if len(path) > 0 && e.Parameter == nil {
		field = strings.Join(path, ".")
	}
	return apperr.Wrap(err, apperr.Invalid, fmt.Sprintf(schemaMessage(schema.SchemaField), field)).On(field)
}

// unknownProperty finds the name that the validator gives only within its text.
var unknownProperty = regexp.MustCompile(`^property "(.+)" is unsupported$`)

// schemaMessages explain the keyword of the schema that a value breaks.
var schemaMessages = map[string]string{
	"required":   "缺少必填项“%s”。",
	"minLength":  "请填写“%s”。",
	"maxLength":  "“%s”的内容过长，请缩短。",
	"minItems":   "“%s”至少要有一项。",
	"maxItems":   "“%s”的项数过多，请分批提交。",
	"enum":       "“%s”不是可选的值，请从列表中选择。",
	"minimum":    "“%s”的数值太小。",
	"maximum":    "“%s”的数值太大。",
	"properties": "不认识的内容“%s”。",
}

func schemaMessage(keyword string) string {
	if m, ok := schemaMessages[keyword]; ok {
		return m
	}
	return "“%s”的格式不正确。"
}
