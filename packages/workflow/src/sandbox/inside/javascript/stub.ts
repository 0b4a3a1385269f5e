/** While files load a stub bears everything; when bodies run, using it throws. */
export interface Stubs {
  /** What stands in for a source file: any name can be imported from it. */
  readonly module: (path: string) => unknown;
  /** From now on every use of a stub throws. */
  readonly arm: () => void;
}

export function createStubs(): Stubs {
  let armed = false;

  const make = (name: string): object => {
    const children = new Map<PropertyKey, object>();
    const use = () => {
      if (armed) throw new Error(`${name} is not implemented`);
      return make(`${name}()`);
    };
    const stub: object = new Proxy(function stub() {}, {
      apply: use,
      construct: use,
      get(_target, key) {
        if (key === 'then') return undefined;
        if (key === '__esModule') return true;
        if (key === Symbol.toPrimitive) return () => `[${name}]`;
        if (key === Symbol.iterator) {
          if (armed) use();
          return () => [][Symbol.iterator]();
        }
        if (typeof key === 'symbol') return undefined;
        if (key === 'prototype') return Object.prototype;
        const child = children.get(key) ?? make(`${name}.${key}`);
        children.set(key, child);
        return child;
      },
      set: () => !armed || use() === undefined,
      has: () => true,
      // Bundled code copies a module's names to an object that inherits from its prototype: this one.
      getPrototypeOf: () => (armed ? Function.prototype : stub),
    });
    return stub;
  };

  return {
    module: (path) => make(path),
    arm() {
      armed = true;
    },
  };
}
