/** Numbers of the protocol, by the names that they have here. */
export class Enumeration<Name extends string> {
  readonly names: readonly Name[]
  readonly #numbers: ReadonlyMap<string, number>
  readonly #names: ReadonlyMap<number, Name>

  constructor(numbers: Readonly<Record<Name, number>>) {
    this.names = Object.keys(numbers) as Name[]
    this.#numbers = new Map(Object.entries(numbers))
    this.#names = new Map(this.names.map((name) => [numbers[name], name]))
  }

  /** Of a name that was checked. */
  number(name: Name): number {
    return this.#numbers.get(name) ?? 0
  }

  /** `unknown` for what brokers newer than this client say. */
  name(number: number): Name | 'unknown' {
    return this.#names.get(number) ?? 'unknown'
  }
}
