import type { FieldReader } from './field-reader.ts'

const MOST_ITEMS = 1000
const GB = 1e9
/** What clouds reckon a month as: 365 days of 24 hours, a twelfth of it. */
export const HOURS_A_MONTH = 730

/** What a storage device, or a GB of it, costs. */
export interface Drive {
  readonly name: string
  /** What is bought at a time: a device, or a GB where it is sold so. */
  readonly unitBytes: number
  readonly isByGb: boolean
  /** To buy; undefined when it is only rented. */
  readonly price: number | undefined
  readonly perMonth: number | undefined
  readonly date: string
  readonly source: string
}

/** What a machine costs, and what it can take besides what a broker was measured at. */
export interface Machine {
  readonly name: string
  readonly about: string
  /** To buy; undefined when it is only rented. */
  readonly price: number | undefined
  /** Rent and power; undefined when the list has neither. */
  readonly perMonth: number | undefined
  /** Bytes a second, each way; undefined when the list does not say. */
  readonly networkRate: number | undefined
  /** What the drives hold that it comes with; undefined when the list does not say. */
  readonly storageBytes: number | undefined
  /** With the drives that are added; undefined for no limit. */
  readonly mostStorageBytes: number | undefined
  /** What is added when that is not enough. */
  readonly drive: Drive | undefined
  readonly date: string
  readonly source: string
}

export interface PriceList {
  readonly currency: string
  readonly date: string
  readonly machines: ReadonlyMap<string, Machine>
}

/** What a file of prices says; problems are those of its fields. */
export function priceListOf(file: FieldReader): PriceList {
  const currency = file.text('currency')
  const date = dateOf(file)
  const drives = file.list('drives', MOST_ITEMS).map((fields) => driveOf(fields, date))
  const byName = named(drives, file)
  const machines = file
    .list('machines', MOST_ITEMS)
    .map((fields) => machineOf(fields, date, byName))
  if (machines.length === 0) file.wrong('machines is empty')
  file.end()
  return { currency, date, machines: named(machines, file) }
}

function machineOf(fields: FieldReader, date: string, drives: ReadonlyMap<string, Drive>): Machine {
  const driveName = fields.optionalText('drive')
  const drive = drives.get(driveName ?? '')
  if (driveName !== undefined && drive === undefined) {
    fields.wrong(`drive ${driveName} is none of the list`)
  }
  const machine = {
    ...{ name: fields.name(), about: fields.text('about'), drive },
    price: fields.amount('price'),
    perMonth: sum(rentOf(fields), fields.amount('powerPerMonth')),
    networkRate: fields.bytes('network'),
    storageBytes: fields.bytes('storage'),
    mostStorageBytes: fields.bytes('mostStorage'),
    ...{ date: fields.date() ?? date, source: fields.text('source') },
  }
  const { price, perMonth, mostStorageBytes: most, storageBytes = 0 } = machine
  if (price === undefined && perMonth === undefined) fields.wrong('has no price and no rent')
  if (most !== undefined && most < storageBytes) fields.wrong('mostStorage is less than storage')
  if (most !== undefined && drive === undefined) fields.wrong('mostStorage without a drive to add')
  if (most !== undefined && drive !== undefined && most < storageBytes + drive.unitBytes) {
    fields.wrong(`mostStorage leaves no room for one ${drive.name}`)
  }
  fields.end()
  return machine
}

function rentOf(fields: FieldReader): number | undefined {
  const [hourly, monthly] = [fields.amount('rentPerHour'), fields.amount('rentPerMonth')]
  if (hourly === undefined) return monthly
  if (monthly !== undefined) fields.wrong('rentPerHour and rentPerMonth, of which one is right')
  return hourly * HOURS_A_MONTH
}

function driveOf(fields: FieldReader, date: string): Drive {
  const name = fields.name()
  const capacity = fields.bytes('capacity')
  const [price, rent] = [fields.amount('price'), fields.amount('rentPerMonth')]
  const [gbPrice, gbRent] = [fields.amount('pricePerGb'), fields.amount('rentPerMonthPerGb')]
  const isDevice = price !== undefined || rent !== undefined
  const isByGb = gbPrice !== undefined || gbRent !== undefined
  if (isDevice === isByGb) fields.wrong('has a price of a device, or of a GB: one of them')
  else if (isDevice !== (capacity !== undefined)) {
    fields.wrong('capacity is that of a device, and none where a GB has a price')
  }
  const drive = {
    ...{ name, unitBytes: capacity ?? GB, isByGb },
    ...{ price: price ?? gbPrice, perMonth: rent ?? gbRent },
    ...{ date: fields.date() ?? date, source: fields.text('source') },
  }
  fields.end()
  return drive
}

function dateOf(file: FieldReader): string {
  const date = file.date()
  if (date === undefined) file.wrong('date is missing')
  return date ?? ''
}

function named<Item extends { readonly name: string }>(
  items: readonly Item[],
  file: FieldReader,
): ReadonlyMap<string, Item> {
  const byName = new Map(items.map((item) => [item.name, item]))
  if (byName.size < items.length) {
    const twice = items
      .filter((item) => byName.get(item.name) !== item && item.name !== '')
      .map(({ name }) => name)
    if (twice.length > 0) file.wrong(`has two of ${[...new Set(twice)].join(', ')}`)
  }
  return byName
}

/** Of what there is; undefined when there is nothing. */
export function sum(...amounts: readonly (number | undefined)[]): number | undefined {
  const there = amounts.filter((amount) => amount !== undefined)
  return there.length === 0 ? undefined : there.reduce((all, amount) => all + amount, 0)
}
