const { createRequire } = require('node:module');
const vm = require('node:vm');
const { TestEnvironment } = createRequire(require.resolve('jest'))('jest-environment-node');

const { createContext } = vm;
const { DONT_CONTEXTIFY } = vm.constants ?? {};

/**
 * Jest's own for Node, but with a global object like any other. Theirs is behind a proxy: in a spec and in all that it
 * imports, each look at `Math`, `Map` or `Promise` costs a hundred times as much as in a program. A Node before 20.18
 * has no other, and is as slow as ever.
 */
module.exports = class extends TestEnvironment {
  constructor(...args) {
    // The parent's constructor makes its context by this function, and nothing else does meanwhile.
    if (DONT_CONTEXTIFY !== undefined) vm.createContext = () => createContext(DONT_CONTEXTIFY);
    try {
      super(...args);
    } finally {
      vm.createContext = createContext;
    }
  }
};
