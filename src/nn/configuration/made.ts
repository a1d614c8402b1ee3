type Factory = (...given: never[]) => object;

const factories = new WeakMap<readonly unknown[], Factory>();

/** The arguments with which a factory of this library makes a layer again: what `configuration` of the layer gives. */
export function made<F extends Factory>(factory: F, ...given: Parameters<F>): readonly unknown[] {
  factories.set(given, factory);
  return given;
}

/** The factory that takes these arguments; undefined if they are not from `made`. */
export function factoryOf(given: readonly unknown[]): Factory | undefined {
  return factories.get(given);
}

/** Refuses a layer that no factory can make again. */
export function notMade(layer: { describe(): string }): never {
  throw new TypeError(
    `${layer.describe()}: a layer that is saved must come from a factory of nn or a class of your own; got one made by its constructor`,
  );
}
