package api

import (
	"context"
	"strings"

	"zhengxiao/api/gen"
	"zhengxiao/internal/notify"
	"zhengxiao/models"
)

var deliveryStates = map[models.DeliveryState]string{
	models.DeliveryQueued: "等待发送", models.DeliverySending: "发送中", models.DeliveryFailed: "失败，待重试",
	models.DeliverySent: "已发出", models.DeliveryDead: "死信",
}

// reasons say what a code of a failed delivery means, and what to do.
var reasons = map[string]string{
	notify.CodeBlocked:    "地址不允许使用：不是外网地址，或解析到了内网。请改用外网地址，或由系统管理员放行该网段",
	notify.CodeRedirect:   "对方要求转到别的地址，系统不会跟随。请填写最终地址",
	notify.CodeTimeout:    "对方没有在规定时间内答复。请检查对方服务",
	notify.CodeRefused:    "对方拒绝连接。请检查地址、端口和对方服务",
	notify.CodeName:       "找不到这个主机名。请检查地址",
	notify.CodeTLS:        "加密连接失败，多为证书问题。请检查对方证书",
	notify.CodeBroken:     "连接中途断开。系统会重试",
	notify.CodeNetwork:    "网络不通。系统会重试",
	notify.CodeAnswer:     "对方的答复无法识别。请检查地址是否正确",
	notify.CodeAddress:    "邮箱地址不正确。请收件人重新登记",
	notify.CodePlaintext:  "邮件服务器不支持加密（STARTTLS）。请更换端口或加密方式",
	notify.CodeAuth:       "邮件服务器不接受账号或密码。请核对授权码",
	models.CodeNoAddress:  "收件人已没有可用的邮箱",
	models.CodeNoSecret:   "渠道的密钥无法解密。请系统管理员检查 ZX_DATA_KEYS",
	models.CodeChannelOff: "渠道已停用",
	models.CodeExpired:    "超过三天仍未发出，已放弃",
	models.CodeAbandoned:  "多次发送都中途中断，已放弃。请系统管理员查看日志",
	"wecom_45009":         "企业微信限制发送频率。请调低每分钟条数",
	"wecom_93000":         "企业微信机器人已被移除或地址有误。请重新添加机器人",
	"dingtalk_130101":     "钉钉限制发送频率。请调低每分钟条数",
	"dingtalk_310000":     "钉钉的安全设置不符：请核对加签密钥，关键词可设为“整校”",
	"dingtalk_300001":     "钉钉机器人不存在或地址有误。请重新添加机器人",
	"feishu_11232":        "飞书限制发送频率。请调低每分钟条数",
	"feishu_19021":        "飞书签名不符。请核对签名密钥和服务器时间",
	"feishu_19024":        "飞书的关键词不符。请把关键词设为“整校”",
	"feishu_19001":        "飞书机器人地址有误。请重新添加机器人",
}

// reasonOf is what a code means to people, with what the other side said.
func reasonOf(code, said string) string {
	text, known := reasons[code]
	switch {
	case code == "":
		return ""
	case known:
	case code == "http_429":
		text = "对方限制发送频率"
	case strings.HasPrefix(code, "http_5"):
		text = "对方服务出错（" + code + "）。系统会重试"
	case strings.HasPrefix(code, "http_"):
		text = "对方不接受（" + code + "）。请检查地址"
	case strings.HasPrefix(code, "smtp_4"):
		text = "邮件服务器暂时不接受（" + code + "）。系统会重试"
	case strings.HasPrefix(code, "smtp_"):
		text = "邮件服务器不接受（" + code + "）。请检查收件地址和发件地址"
	default:
		text = "对方不接受（" + code + "）"
	}
	if said != "" {
		text += "：" + said
	}
	return text
}

// ListDeliveries lists what went out, or did not.
func (s *server) ListDeliveries(ctx context.Context, r gen.ListDeliveriesRequestObject) (gen.ListDeliveriesResponseObject, error) {
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	rows, next, err := s.store.Deliveries(ctx, accessOf(ctx).scope, models.DeliveryFilter{
		ChannelID: r.Params.ChannelId, State: models.DeliveryState(r.Params.State), Code: r.Params.Code,
		From: when(r.Params.Since), To: when(r.Params.Until),
	}, p)
	return gen.ListDeliveries200JSONResponse{Items: convert(rows, deliveryOf), Next: next}, err
}

func deliveryOf(d models.DeliveryView) gen.Delivery {
	return gen.Delivery{
		Id: d.ID, Channel: gen.Ref{Id: d.ChannelID, Name: d.ChannelName}, ChannelKind: string(d.ChannelKind),
		TopicName: models.TopicOf(d.Kind).Name(), Recipient: d.UserName, School: d.School, CaseId: d.CaseID, Title: d.Title,
		State: string(d.State), StateName: deliveryStates[d.State], Attempts: d.Attempts, NextAt: at(d.NextAt), Code: d.Code,
		Reason: reasonOf(d.Code, d.Detail), Receipt: d.Receipt, CreatedAt: d.CreatedAt, EndedAt: at(d.EndedAt),
	}
}

func (s *server) delivery(ctx context.Context, id string) (gen.Delivery, error) {
	d, err := s.store.DeliveryInScope(ctx, accessOf(ctx).scope, id)
	if err != nil {
		return gen.Delivery{}, err
	}
	return deliveryOf(*d), nil
}

// GetDelivery returns one delivery.
func (s *server) GetDelivery(ctx context.Context, r gen.GetDeliveryRequestObject) (gen.GetDeliveryResponseObject, error) {
	view, err := s.delivery(ctx, r.DeliveryId)
	return gen.GetDelivery200JSONResponse(view), err
}

// ReplayDelivery has a dead delivery sent again.
func (s *server) ReplayDelivery(ctx context.Context, r gen.ReplayDeliveryRequestObject) (gen.ReplayDeliveryResponseObject, error) {
	if _, err := s.store.Replay(ctx, accessOf(ctx).scope, []string{r.DeliveryId}, models.DeliveryFilter{}); err != nil {
		return nil, err
	}
	view, err := s.delivery(ctx, r.DeliveryId)
	return gen.ReplayDelivery200JSONResponse(view), err
}

// ReplayDeliveries has the dead deliveries of a channel sent again, as far as they meet
// the conditions.
func (s *server) ReplayDeliveries(ctx context.Context, r gen.ReplayDeliveriesRequestObject) (gen.ReplayDeliveriesResponseObject, error) {
	scope := accessOf(ctx).scope
	if _, err := s.store.ChannelInScope(ctx, scope, r.Body.ChannelId); err != nil {
		return nil, err
	}
	n, err := s.store.Replay(ctx, scope, nil, models.DeliveryFilter{
		ChannelID: r.Body.ChannelId, Code: r.Body.Code, From: when(r.Body.Since), To: when(r.Body.Until),
	})
	return gen.ReplayDeliveries200JSONResponse{Count: n, More: n == models.ReplayMost}, err
}
