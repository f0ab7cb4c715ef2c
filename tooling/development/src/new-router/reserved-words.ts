// What TypeScript takes for its own, and so cannot be a name of a variable.
const keywords = `
  arguments async await break case catch class const continue debugger default delete do else enum eval
  export extends false finally for function if implements import in instanceof interface let new null
  package private protected public return static super switch this throw true try typeof undefined var
  void while with yield`

// What Prisma's client, tRPC's router or JavaScript calls so already.
const types = `
  Array BigInt Boolean Buffer Bytes Date DateTime Decimal Enums Error Exact Float Function Int Json Map Null
  Number Object Omit Partial Pick Prisma PrismaClient Promise Record Set String Symbol Unsupported
  apply call createCaller then transaction`

// What a router's file imports or declares.
const inRouter = `
  id limit cursor before where found input ctx db memberProcedure name nothing pageInput pageOf page
  readCursor rest router serialId timestamp toPage z`

const reserved: ReadonlySet<string> = new Set(
  [keywords, types, inRouter].flatMap((words) => words.trim().split(/\s+/)),
)

/** Whether a name cannot be a router's, a resource's or a model's. */
export const isReserved = (name: string): boolean => reserved.has(name)
