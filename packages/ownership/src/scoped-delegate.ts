import type { Prisma, PrismaClient } from '@repo/database'
import type { OpenModelName, ownedModels } from './owned-models.ts'

type Models = typeof ownedModels
type Delegate<M extends OpenModelName> = PrismaClient[Uncapitalize<M>]
type Owner<M extends OpenModelName> = Models[M]['owner']
type Tenant<M extends OpenModelName> =
  Owner<M> extends { tenant: infer T extends string } ? T : never
type User<M extends OpenModelName> = Owner<M> extends { user: infer U extends string } ? U : never

type CreateArgs<M extends OpenModelName> =
  Prisma.TypeMap['model'][M]['operations']['create']['args']

/** A new row without its owner, which the scope fills in; only its columns, since relations are refused. */
export type OwnData<M extends OpenModelName> = CreateArgs<M>['data'] extends infer Data
  ? Data extends Record<Tenant<M>, string>
    ? Omit<Data, Tenant<M> | User<M>> & Partial<Record<Tenant<M> | User<M>, string>>
    : never
  : never

// What cannot be scoped, or is typed anew below.
type Unscoped = 'upsert' | 'fields' | 'create' | 'createMany' | 'createManyAndReturn'

/** A model's methods in one caller's scope; `upsert` cannot be scoped and is not there. */
export type ScopedDelegate<M extends OpenModelName> = Omit<Delegate<M>, Unscoped> & {
  create<Args extends Omit<CreateArgs<M>, 'data'>>(
    args: Args & { readonly data: OwnData<M> },
  ): Promise<Prisma.Result<Delegate<M>, Args, 'create'>>
  createMany(args: { readonly data: readonly OwnData<M>[] }): Promise<{ readonly count: number }>
}

export type Delegates = { readonly [M in OpenModelName as Uncapitalize<M>]: ScopedDelegate<M> }
