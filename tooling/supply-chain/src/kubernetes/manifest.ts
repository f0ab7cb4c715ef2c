/** An object of Kubernetes, as far as the rules look at it. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
  readonly spec?: Spec
  readonly data?: Readonly<Record<string, string>>
  readonly automountServiceAccountToken?: boolean
}

export interface Metadata {
  readonly name?: string
  readonly namespace?: string
  readonly labels?: Labels
}

export type Labels = Readonly<Record<string, string>>

export interface Spec {
  readonly template?: { readonly metadata?: Metadata; readonly spec: PodSpec }
  /** Of a NetworkPolicy, a disruption budget, a Service. */
  readonly podSelector?: Selector
  readonly selector?: Selector
  readonly policyTypes?: readonly string[]
  readonly ingress?: readonly PolicyRule[]
  readonly egress?: readonly PolicyRule[]
  readonly strategy?: { readonly rollingUpdate?: { readonly maxUnavailable?: number | string } }
  readonly replicas?: number
  readonly minReplicas?: number
  readonly scaleTargetRef?: { readonly name: string }
  readonly type?: string
  /** Of an ExternalSecret. */
  readonly target?: { readonly name: string }
  readonly dataFrom?: readonly { readonly extract?: { readonly key: string } }[]
  /** Of an Ingress. */
  readonly tls?: readonly { readonly hosts?: readonly string[] }[]
  readonly rules?: readonly { readonly host?: string }[]
}

export interface Selector {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly unknown[]
}

export interface PolicyRule {
  readonly from?: readonly Peer[]
  readonly to?: readonly Peer[]
  readonly ports?: readonly { readonly port?: number; readonly endPort?: number }[]
}

export interface Peer {
  readonly namespaceSelector?: Selector
  readonly podSelector?: Selector
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] }
}

export interface PodSpec {
  readonly serviceAccountName?: string
  readonly automountServiceAccountToken?: boolean
  readonly enableServiceLinks?: boolean
  readonly securityContext?: SecurityContext
  readonly containers: readonly Container[]
  readonly volumes?: readonly Volume[]
}

export interface Volume {
  readonly name: string
  readonly secret?: { readonly secretName: string }
}

export interface SecurityContext {
  readonly runAsNonRoot?: boolean
  readonly runAsUser?: number
  readonly runAsGroup?: number
  readonly seccompProfile?: { readonly type: string }
  readonly allowPrivilegeEscalation?: boolean
  readonly readOnlyRootFilesystem?: boolean
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] }
}

export interface Container {
  readonly name: string
  readonly image?: string
  readonly env?: readonly {
    readonly name: string
    readonly valueFrom?: { readonly secretKeyRef?: unknown }
  }[]
  readonly envFrom?: readonly { readonly secretRef?: unknown }[]
  readonly securityContext?: SecurityContext
  readonly resources?: Readonly<Record<'requests' | 'limits', Labels>>
  readonly startupProbe?: unknown
  readonly livenessProbe?: unknown
  readonly readinessProbe?: unknown
  readonly ports?: readonly { readonly hostPort?: number }[]
}
