/** Everything that a path leads to; `*` is each entry of a list or an object. */
export function valuesAt(value: unknown, path: string): readonly unknown[] {
  return path.split('.').reduce<readonly unknown[]>(
    (values, name) =>
      values
        .filter((one) => typeof one === 'object' && one !== null)
        .flatMap((one) => {
          if (name === '*') return Object.values(one)
          return Object.hasOwn(one, name) ? [Reflect.get(one, name)] : []
        }),
    [value],
  )
}
