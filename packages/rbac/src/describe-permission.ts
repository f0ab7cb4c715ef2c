const verbs: Readonly<Record<string, string>> = {
  create: 'Create',
  read: 'See',
  update: 'Change',
  delete: 'Delete',
  impersonate: 'Act as',
}

/** A permission in plain English, for whoever is asked to give it: `order:read:own` is “See your own orders”. */
export function describePermission(permission: string): string {
  const [resource = '', verb = '', reach] = permission.split(':')
  const words = resource.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  const whose = reach === 'any' ? `all ${words}s of the organization` : `your own ${words}s`
  return `${verbs[verb] ?? verb} ${whose}`
}
