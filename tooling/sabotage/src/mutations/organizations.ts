import type { Mutation } from '../mutation.ts'

const before = 'packages/database/prisma/migrations/20261126140000_organizations/migration.sql'
const file = 'packages/database/prisma/migrations/20261126151000_custom_roles/migration.sql'
const invitations = 'apps/api/test/security/invitations.test.ts'
const lastOwner = 'apps/api/test/security/last-owner.test.ts'

/** Who belongs to an organization, decided in the database. */
export const organizationMutations: readonly Mutation[] = [
  {
    name: 'an invitation is not bound to its address',
    file,
    find: 'JOIN public.users u ON u.id = by_user AND u.email = i.email',
    replace: 'JOIN public.users u ON u.id = by_user',
    tests: [invitations],
  },
  {
    name: 'an invitation is good again',
    file,
    find: 'DELETE FROM public.invitations i WHERE i.id = offer.id;',
    replace: 'PERFORM offer.id;',
    tests: [invitations],
  },
  {
    name: 'an invitation outlives its week',
    file,
    find: 'WHERE h.hash = token_hash AND i.expires_at > at',
    replace: 'WHERE h.hash = token_hash',
    tests: [invitations],
  },
  {
    name: 'an invitation outlives the right of who made it',
    file,
    find: 'IF maker IS NULL OR offer.role < maker OR (',
    replace: 'IF (',
    tests: [invitations],
  },
  {
    name: 'a role above one’s own can be given by an invitation',
    file,
    find: 'IF asker::text IS DISTINCT FROM as_role OR given < asker OR (',
    replace: 'IF asker::text IS DISTINCT FROM as_role OR (',
    tests: [invitations],
  },
  {
    name: 'a role above one’s own can be given to a member',
    file,
    find: 'ELSIF present < asker OR wanted < asker OR (',
    replace: 'ELSIF present < asker OR (',
    tests: [invitations, lastOwner],
  },
  {
    name: 'the last owner can be made less',
    file,
    find: "ELSIF present = 'owner' AND wanted <> 'owner' AND NOT identity.has_other_owner(of_organization, of_member)",
    replace: "ELSIF present = 'owner' AND wanted IS NULL",
    tests: [lastOwner],
  },
  {
    name: 'the last owner can leave',
    file: before,
    find: "ELSIF present = 'owner' AND NOT identity.has_other_owner(of_organization, of_member) THEN",
    replace: 'ELSIF present IS NULL THEN',
    tests: [lastOwner],
  },
  {
    name: 'a plan’s seats are not counted',
    file,
    find: '     >= identity.seats_of(of_organization, seats)',
    replace: '     >= 1000000',
    tests: [invitations],
  },
  {
    name: 'who was removed is still a member',
    file,
    find: 'WHERE m.user_id = of_user AND m.removed_at IS NULL AND o.deleted_at IS NULL\n$$',
    replace: 'WHERE m.user_id = of_user AND o.deleted_at IS NULL\n$$',
    tests: ['apps/api/test/flows/organizations.test.ts'],
  },
  {
    name: 'a deleted organization is still acted in',
    file,
    find: 'WHERE m.user_id = of_user AND m.removed_at IS NULL AND o.deleted_at IS NULL\n$$',
    replace: 'WHERE m.user_id = of_user AND m.removed_at IS NULL\n$$',
    tests: ['apps/api/test/flows/organizations.test.ts'],
  },
  {
    name: 'keys outlive their owner’s membership',
    file: before,
    find: 'DELETE FROM public.api_keys     k WHERE k.organization_id = NEW.organization_id AND k.user_id = NEW.user_id;',
    replace: '',
    tests: [
      'apps/api/test/flows/organizations.test.ts',
      'apps/api/test/security/invitations.test.ts',
    ],
  },
]
