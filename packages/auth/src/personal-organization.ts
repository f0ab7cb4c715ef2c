const maxNameLength = 100

/** A new user begins in an organization of their own: what it is called. */
export const organizationOf = (name: string): string =>
  [...`${name}’s organization`].length <= maxNameLength ? `${name}’s organization` : name
