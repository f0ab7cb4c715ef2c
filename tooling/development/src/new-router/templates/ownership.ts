import type { Names } from '../names.ts'

/** The model's entry in owned-models.ts. */
export const printOwnership = ({ model, singular }: Names): readonly string[] =>
  `  ${model}: {
    resource: '${singular}',
    own: (scope) => ({ organizationId: tenantOf(scope), userId: scope.userId }),
    any: (scope) => ({ organizationId: tenantOf(scope) }),
    owner: { tenant: 'organizationId', user: 'userId' },
    relations: { membership: { model: 'Membership', list: false } },
  },`.split('\n')
