import type { Names } from '../names.ts'

/** The model: a name, owned by a member of an organization. */
export const printModel = ({ model, table }: Names): string => `model ${model} {
  id             Int        @id @default(autoincrement())
  organizationId String     @map("organization_id") @db.Uuid
  userId         String     @map("user_id") @db.Uuid
  name           String     @db.VarChar(100)
  createdAt      DateTime   @default(now()) @map("created_at") @db.Timestamptz(3)
  updatedAt      DateTime   @default(now()) @updatedAt @map("updated_at") @db.Timestamptz(3)
  membership     Membership @relation(fields: [organizationId, userId], references: [organizationId, userId], onDelete: Cascade)

  @@index([organizationId, userId, id])
  @@map("${table}")
}
`
