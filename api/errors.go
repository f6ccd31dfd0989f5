package api

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"zhengxiao/api/gen"
	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/clamav"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
	"zhengxiao/internal/sso"
	"zhengxiao/models"
)

// Codes that only HTTP knows.
const (
	codeMethod    apperr.Code = "method_not_allowed"
	codeMediaType apperr.Code = "unsupported_media_type"
	codeStreams   apperr.Code = "too_many_streams"
	codeHost      apperr.Code = "wrong_host"
	codeTooMany   apperr.Code = "too_many_requests"
)

var (
	errNoRoute   = apperr.New(apperr.NotFound, "没有这个地址，请检查后重试。")
	errMethod    = apperr.New(codeMethod, "这个地址不支持该操作。")
	errMediaType = apperr.New(codeMediaType, "请求内容须为 JSON（Content-Type: application/json）。")
	errFormType  = apperr.New(codeMediaType, "请求内容须为表单（Content-Type: application/x-www-form-urlencoded）。")
	errForm      = apperr.New(apperr.Invalid, "表单内容无法识别，或同一项出现了多次。")
	errFileType  = apperr.New(codeMediaType, "请求内容须为文件本身（Content-Type: application/octet-stream）。")
	errAddress   = apperr.New(apperr.Invalid, "地址或查询条件含有看不见或无法识别的字符，请重新输入。")
	errHost      = apperr.New(codeHost, "请使用本系统公布的网址访问。如网址无误，请联系系统管理员核对访问地址的设置。")
	errOrigin    = apperr.New(apperr.Forbidden, "已拒绝来自其他网站的请求。请在本系统的页面中操作。")
	errResponse  = errors.New("response does not follow the contract")
)

// statuses is the one map from codes to HTTP. A code that is not here is a rule of the
// programme that the request broke: 422.
var statuses = map[apperr.Code]int{
	apperr.Invalid:          http.StatusUnprocessableEntity,
	apperr.MissingKey:       http.StatusBadRequest,
	apperr.Unauthenticated:  http.StatusUnauthorized,
	apperr.PasswordChange:   http.StatusForbidden,
	apperr.StepUp:           http.StatusForbidden,
	apperr.Locked:           http.StatusTooManyRequests,
	apperr.Forbidden:        http.StatusForbidden,
	apperr.NotFound:         http.StatusNotFound,
	apperr.Conflict:         http.StatusConflict,
	apperr.WrongStage:       http.StatusConflict,
	apperr.Stale:            http.StatusConflict,
	apperr.CaseClosed:       http.StatusConflict,
	apperr.KeyReused:        http.StatusUnprocessableEntity,
	apperr.TooLarge:         http.StatusRequestEntityTooLarge,
	apperr.Unavailable:      http.StatusServiceUnavailable,
	apperr.Corrupt:          http.StatusInternalServerError,
	apperr.DiskFull:         http.StatusInsufficientStorage,
	apperr.Internal:         http.StatusInternalServerError,
	models.CodeSecondFactor: http.StatusUnauthorized,
	codeFactorSetup:         http.StatusForbidden,
	codePrivacyNotice:       http.StatusForbidden,
	sso.CodeDown:            http.StatusServiceUnavailable,
	sso.CodeRefused:         http.StatusForbidden,
	models.CodeLogoutToken:  http.StatusBadRequest, // as its standard wants
	codeUnlinked:            http.StatusForbidden,
	models.CodeTwoOfTriad:   http.StatusConflict,
	models.CodeTwoPersons:   http.StatusConflict,
	models.CodeHeld:         http.StatusConflict,
	models.CodeLastHolder:   http.StatusConflict,
	codeMethod:              http.StatusMethodNotAllowed,
	codeMediaType:           http.StatusUnsupportedMediaType,
	codeStreams:             http.StatusTooManyRequests,
	codeHost:                http.StatusMisdirectedRequest,
	codeTooMany:             http.StatusTooManyRequests,

	// The state does not allow it now.
	domain.CodeRevisionNotNewest:      http.StatusConflict,
	domain.CodeReviewStarted:          http.StatusConflict,
	domain.CodeRosterEmpty:            http.StatusConflict,
	domain.CodeWindowPast:             http.StatusConflict,
	domain.CodeGateAClosed:            http.StatusConflict,
	domain.CodeGateBClosed:            http.StatusConflict,
	domain.CodeNotAccepted:            http.StatusConflict,
	domain.CodeExpertRefused:          http.StatusConflict,
	domain.CodePanelScores:            http.StatusConflict,
	domain.CodeScoreBelowPass:         http.StatusConflict,
	domain.CodeRectificationExhausted: http.StatusConflict,
	domain.CodeCreditYearEmpty:        http.StatusConflict,
	domain.CodeCreditState:            http.StatusConflict,
	domain.CodeCreditRegistered:       http.StatusConflict,
	domain.CodeLedgerUnbalanced:       http.StatusConflict,
	domain.CodeCreditUnbooked:         http.StatusConflict,
	registry.CodeConcluded:            http.StatusConflict,
	registry.CodeNotSent:              http.StatusConflict,
	registry.CodeUndisputed:           http.StatusConflict,
	registry.CodeNoReverse:            http.StatusConflict,
	models.CodeReversalDone:           http.StatusConflict,
	models.CodeReversalOwn:            http.StatusConflict,
	models.CodeRegistryNothing:        http.StatusConflict,
	models.CodeRegistryMode:           http.StatusConflict,
	models.CodeNoRegistry:             http.StatusConflict,
	domain.CodePointStep:              http.StatusConflict,
	domain.CodeUnchanged:              http.StatusConflict,
	domain.CodePolicySettled:          http.StatusConflict,
	domain.CodeRosterRequest:          http.StatusConflict,
	domain.CodeRosterAsked:            http.StatusConflict,
	domain.CodeRosterLeader:           http.StatusConflict,
	domain.CodeNotDue:                 http.StatusConflict,
	models.CodeWindowClosed:           http.StatusConflict,
	models.CodeRosterFrozen:           http.StatusConflict,
	models.CodeInUse:                  http.StatusConflict,
	models.CodeImportBad:              http.StatusConflict,
	models.CodeActivityMode:           http.StatusConflict,
	models.CodeUploadExpired:          http.StatusConflict,
	evidence.FileLocked:               http.StatusConflict,
	evidence.PartsMissing:             http.StatusConflict,

	models.CodeReadLimit: http.StatusTooManyRequests,

	// The person lacks a relation that a role alone does not give.
	models.CodeNotLeader: http.StatusForbidden,
	models.CodeNotMember: http.StatusForbidden,
	models.CodeNotTeam:   http.StatusForbidden,

	// An operator must act.
	models.CodeProjectionBehind:  http.StatusServiceUnavailable,
	models.CodeProjectionMissing: http.StatusServiceUnavailable,
	evidence.BucketUnlocked:      http.StatusInternalServerError,
	evidence.ClockOff:            http.StatusServiceUnavailable,
	evidence.AccessDenied:        http.StatusServiceUnavailable,
	clamav.Limit:                 http.StatusServiceUnavailable,
	clamav.Unproven:              http.StatusServiceUnavailable,
}

// titles name each status for the people who read it (RFC 9457 lets them be localized).
var titles = map[int]string{
	http.StatusBadRequest:            "请求不完整",
	http.StatusUnauthorized:          "请先登录",
	http.StatusForbidden:             "没有权限",
	http.StatusNotFound:              "没有找到",
	http.StatusMethodNotAllowed:      "不支持这种请求",
	http.StatusConflict:              "现在不能办理",
	http.StatusRequestEntityTooLarge: "内容过大",
	http.StatusUnsupportedMediaType:  "格式不对",
	http.StatusUnprocessableEntity:   "内容有误",
	http.StatusTooManyRequests:       "请稍后再试",
	http.StatusMisdirectedRequest:    "地址不对",
	http.StatusInternalServerError:   "系统出错",
	http.StatusServiceUnavailable:    "暂时不可用",
	http.StatusInsufficientStorage:   "存储空间不足",
}

// statusOf is the HTTP status of a code.
func statusOf(code apperr.Code) int {
	return cmp.Or(statuses[code], http.StatusUnprocessableEntity)
}

// problemOf is what a client may see of err.
func problemOf(err error, requestID string) gen.Problem {
	code := apperr.CodeOf(err)
	status := statusOf(code)
	return gen.Problem{
		Type: "about:blank", Title: titles[status], Status: status, Code: string(code),
		Detail: apperr.MessageOf(err), Field: apperr.FieldOf(err), RequestId: requestID,
	}
}

// statusGone is what the log says of a client that hung up before its answer.
const statusGone = 499

// writeProblem answers with err and ends the request. Faults of ours are logged with
// their cause; the client gets the request id to quote.
func writeProblem(c *gin.Context, err error) {
	if errors.Is(c.Request.Context().Err(), context.Canceled) {
		c.AbortWithStatus(statusGone)
		return
	}
	p := problemOf(err, requestID(c))
	c.Set(codeKey, p.Code)
	if p.Status >= http.StatusInternalServerError {
		_ = c.Error(err) // logAccess writes it with the request
	}
	if p.Status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", "Bearer")
	}
	if e, ok := errors.AsType[*tooManyError](err); ok {
		c.Header("Retry-After", strconv.Itoa(e.seconds))
	}
	if c.Writer.Written() {
		c.Abort()
		return
	}
	c.Header("Content-Type", "application/problem+json")
	c.AbortWithStatusJSON(p.Status, p)
}

// refuseRequest answers a body that the generated server cannot decode. Its error text
// stays in the log.
func refuseRequest(c *gin.Context, err error) {
	writeProblem(c, apperr.Wrap(err, apperr.Invalid, "请求内容的格式不正确，请检查后重试。"))
}

// refuseParameter answers a path, query or header parameter that cannot be read.
func refuseParameter(c *gin.Context, err error, _ int) {
	writeProblem(c, apperr.Wrap(err, apperr.Invalid, "请求参数的格式不正确，请检查后重试。"))
}

// refuseResponse answers when our own answer cannot be written.
func refuseResponse(c *gin.Context, err error) {
	writeProblem(c, errors.Join(errResponse, err))
}

// causes is the log attribute of everything that went wrong on our side.
func causes(c *gin.Context) slog.Attr {
	return slog.String("error", c.Errors.String())
}
