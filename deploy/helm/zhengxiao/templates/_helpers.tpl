{{- define "zhengxiao.name" -}}
{{- if contains "zhengxiao" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-zhengxiao" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- /* 选择器：(dict "root" . "part" "api") */}}
{{- define "zhengxiao.selector" -}}
app.kubernetes.io/name: zhengxiao
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- /* 容器组的标签不含 chart 的版本：换 chart 不重启没有变的版本。 */}}
{{- define "zhengxiao.podLabels" -}}
{{ include "zhengxiao.selector" . }}
app.kubernetes.io/version: {{ get . "tag" | default .root.Values.image.tag | quote }}
{{- end }}

{{- define "zhengxiao.labels" -}}
{{ include "zhengxiao.podLabels" . }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- /* 有数据库连接串的 Secret：api 与 worker 各一个，其余命令用属主的；没有单独给出的用 existingSecret。 */}}
{{- define "zhengxiao.database" -}}
{{ get .root.Values.mysqlSecrets (ternary .part "owner" (has .part (list "api" "worker"))) }}
{{- end }}

{{- /* 有对象存储账号的 Secret，同上。 */}}
{{- define "zhengxiao.store" -}}
{{ get .root.Values.s3Secrets (ternary .part "owner" (has .part (list "api" "worker"))) }}
{{- end }}

{{- /* 每个进程的环境变量：密钥只给出文件路径。 */}}
{{- define "zhengxiao.env" -}}
{{- $v := .root.Values }}
{{- $keys := ternary "/run/secrets/store" "/run/secrets/zhengxiao" (ne "" (include "zhengxiao.store" (dict "root" .root "part" .name))) }}
{{- $env := dict
  "ZX_HTTP_PUBLIC_URL" $v.publicURL
  "ZX_MYSQL_DSN_FILE" (ternary "/run/secrets/mysql/mysql_dsn" "/run/secrets/zhengxiao/mysql_dsn" (ne "" (include "zhengxiao.database" (dict "root" .root "part" .name))))
  "ZX_TEMPORAL_ADDRESS" $v.temporal.address
  "ZX_TEMPORAL_NAMESPACE" $v.temporal.namespace
  "ZX_S3_ENDPOINT" $v.s3.endpoint
  "ZX_S3_PUBLIC_URL" $v.filesURL
  "ZX_S3_SECURE" (toString $v.s3.secure)
  "ZX_S3_BUCKET" $v.s3.bucket
  "ZX_S3_REGION" $v.s3.region
  "ZX_S3_ACCESS_KEY_FILE" (printf "%s/s3_access_key" $keys)
  "ZX_S3_SECRET_KEY_FILE" (printf "%s/s3_secret_key" $keys)
  "ZX_DATA_KEYS_FILE" "/run/secrets/zhengxiao/data_keys"
  "ZX_CODEC_KEYS_FILE" "/run/secrets/zhengxiao/codec_keys"
  "ZX_ADMIN_ADDR" "0.0.0.0:9090"
  "ZX_NOTIFY_ALLOW" (join "," $v.notify.allow)
  "ZX_NOTIFY_HTTP" (toString $v.notify.http)
}}
{{- if $v.mysql.tls }}{{- $_ := set $env "ZX_MYSQL_TLS" "true" }}{{- end }}
{{- if $v.mysql.caSecret }}{{- $_ := set $env "ZX_MYSQL_TLS_CA_FILE" "/run/secrets/mysql-ca/ca.pem" }}{{- end }}
{{- if $v.s3.caSecret }}{{- $_ := set $env "ZX_S3_CA_FILE" "/run/secrets/store-ca/ca.pem" }}{{- end }}
{{- if $v.temporalSecret }}
{{- $_ := mergeOverwrite $env (dict
  "ZX_TEMPORAL_TLS" "true"
  "ZX_TEMPORAL_TLS_CA_FILE" "/run/secrets/temporal/ca.pem"
  "ZX_TEMPORAL_TLS_CERT_FILE" "/run/secrets/temporal/client.pem"
  "ZX_TEMPORAL_TLS_KEY_FILE" "/run/secrets/temporal/client.key"
  "ZX_TEMPORAL_TLS_SERVER_NAME" $v.temporal.serverName
) }}
{{- end }}
{{- $_ := mergeOverwrite $env (get . "more" | default dict) $v.settings }}
{{- range $name, $value := $env }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- /* worker 与替它说话的命令所属的版本。 */}}
{{- define "zhengxiao.version" -}}
{{- dict "ZX_TEMPORAL_DEPLOYMENT" .root.Values.temporal.deployment "ZX_TEMPORAL_BUILD_ID" .tag | toJson }}
{{- end }}

{{- define "zhengxiao.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
volumes:
  - name: secrets
    secret: {secretName: {{ .root.Values.existingSecret }}, defaultMode: 0440}
  {{- with include "zhengxiao.database" . }}
  - name: mysql
    secret: {secretName: {{ . }}, defaultMode: 0440}
  {{- end }}
  {{- with include "zhengxiao.store" . }}
  - name: store
    secret: {secretName: {{ . }}, defaultMode: 0440}
  {{- end }}
  {{- with .root.Values.mysql.caSecret }}
  - name: mysql-ca
    secret: {secretName: {{ . }}, defaultMode: 0440}
  {{- end }}
  {{- with .root.Values.s3.caSecret }}
  - name: store-ca
    secret: {secretName: {{ . }}, defaultMode: 0440}
  {{- end }}
  {{- with .root.Values.temporalSecret }}
  - name: temporal
    secret: {secretName: {{ . }}, defaultMode: 0440}
  {{- end }}
  {{- if and .root.Values.auditSecret (eq .part "worker") }}
  - name: audit
    secret: {secretName: {{ .root.Values.auditSecret }}, defaultMode: 0440}
  {{- end }}
  {{- if and .root.Values.notify.caSecret (eq .part "worker") }}
  - name: authorities
    secret: {secretName: {{ .root.Values.notify.caSecret }}, defaultMode: 0440}
  {{- end }}
  {{- if and .root.Values.syslog.secret (eq .part "worker") }}
  - name: syslog
    secret: {secretName: {{ .root.Values.syslog.secret }}, defaultMode: 0440}
  {{- end }}
  {{- if and .root.Values.ssoSecret (eq .part "api") }}
  - name: sso
    secret: {secretName: {{ .root.Values.ssoSecret }}, defaultMode: 0440}
  {{- end }}
  # 检查文档、导入和导出表格时的临时文件。
  - name: tmp
    emptyDir: {sizeLimit: 4Gi}
{{- end }}

{{- /* 容器：(dict "root" . "name" "api" "tag" 版本 "args" (list …) "more" 环境变量) */}}
{{- define "zhengxiao.container" -}}
name: {{ .name }}
image: "{{ .root.Values.image.repository }}:{{ .tag }}"
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: {{ toJson .args }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
env:
  {{- include "zhengxiao.env" . | nindent 2 }}
volumeMounts:
  - {name: secrets, mountPath: /run/secrets/zhengxiao, readOnly: true}
  {{- if include "zhengxiao.database" (dict "root" .root "part" .name) }}
  - {name: mysql, mountPath: /run/secrets/mysql, readOnly: true}
  {{- end }}
  {{- if include "zhengxiao.store" (dict "root" .root "part" .name) }}
  - {name: store, mountPath: /run/secrets/store, readOnly: true}
  {{- end }}
  {{- if .root.Values.mysql.caSecret }}
  - {name: mysql-ca, mountPath: /run/secrets/mysql-ca, readOnly: true}
  {{- end }}
  {{- if .root.Values.s3.caSecret }}
  - {name: store-ca, mountPath: /run/secrets/store-ca, readOnly: true}
  {{- end }}
  {{- if .root.Values.temporalSecret }}
  - {name: temporal, mountPath: /run/secrets/temporal, readOnly: true}
  {{- end }}
  {{- if and .root.Values.auditSecret (eq .name "worker") }}
  - {name: audit, mountPath: /run/secrets/audit, readOnly: true}
  {{- end }}
  {{- if and .root.Values.notify.caSecret (eq .name "worker") }}
  - {name: authorities, mountPath: /run/secrets/authorities, readOnly: true}
  {{- end }}
  {{- if and .root.Values.syslog.secret (eq .name "worker") }}
  - {name: syslog, mountPath: /run/secrets/syslog, readOnly: true}
  {{- end }}
  {{- if and .root.Values.ssoSecret (eq .name "api") }}
  - {name: sso, mountPath: /run/secrets/sso, readOnly: true}
  {{- end }}
  - {name: tmp, mountPath: /tmp}
{{- end }}

{{- define "zhengxiao.spread" -}}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "zhengxiao.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}
