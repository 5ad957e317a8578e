{{/* The name of all objects. It begins with callprobe, because ProberDown looks for jobs that do. */}}
{{- define "callprobe.name" -}}
{{- if hasPrefix "callprobe" .Release.Name }}{{ include "callprobe.short" (list .Release.Name 50) }}{{ else }}{{ include "callprobe.short" (list (printf "callprobe-%s" .Release.Name) 50) }}{{ end }}
{{- end }}

{{/* A name of at most so many letters. What is cut off still tells it from another. */}}
{{- define "callprobe.short" -}}
{{- $name := index . 0 }}{{- $most := index . 1 }}
{{- if le (len $name) $most }}{{ $name }}{{ else }}{{ printf "%s-%s" (trunc (int (sub $most 9)) $name | trimSuffix "-") (sha256sum $name | trunc 8) }}{{ end }}
{{- end }}

{{- define "callprobe.selector" -}}
app.kubernetes.io/name: callprobe
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "callprobe.labels" -}}
{{ include "callprobe.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- define "callprobe.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{ else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "callprobe.configMap" -}}
{{- .Values.existingConfigMap | default (include "callprobe.name" .) }}
{{- end }}

{{/* What every pod has: no token, no root, no privilege. */}}
{{- define "callprobe.podSpec" -}}
serviceAccountName: {{ include "callprobe.name" . }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{ toJson . }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "callprobe.container" -}}
image: {{ include "callprobe.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* Folders, not files: a file that is mounted by subPath is never renewed. Volumes have numbers, for what names a Secret may be too long for a volume, or hold a dot. */}}
{{- define "callprobe.mounts" -}}
- {name: config, mountPath: /etc/callprobe, readOnly: true}
{{- range $i, $name := .Values.secrets }}
- {name: {{ printf "secret-%d" $i }}, mountPath: {{ printf "/etc/callprobe-secrets/%s" $name | quote }}, readOnly: true}
{{- end }}
{{- range $i, $name := .Values.scenarios }}
- {name: {{ printf "scenarios-%d" $i }}, mountPath: {{ printf "/etc/callprobe-scenarios/%s" $name | quote }}, readOnly: true}
{{- end }}
{{- end }}

{{- define "callprobe.volumes" -}}
{{- range $i, $name := .Values.secrets }}
- name: {{ printf "secret-%d" $i }}
  secret: {secretName: {{ $name | quote }}, defaultMode: 0440}
{{- end }}
{{- range $i, $name := .Values.scenarios }}
- name: {{ printf "scenarios-%d" $i }}
  configMap: {name: {{ $name | quote }}}
{{- end }}
{{- end }}

{{- define "callprobe.answers" -}}
{{- $path := index . 0 }}{{- $root := index . 1 }}
{{- if $root.Values.serve.webConfigSecret -}}
# The password of the web configuration holds for every path.
tcpSocket: {port: http}
{{- else -}}
httpGet: {path: {{ $path }}, port: http}
{{- end }}
{{- end }}

{{- define "callprobe.claim" -}}
accessModes: [ReadWriteOnce]
{{- with .Values.serve.recordings.storageClassName }}
storageClassName: {{ . | quote }}
{{- end }}
resources: {requests: {storage: {{ .Values.serve.recordings.size | quote }}}}
{{- end }}
