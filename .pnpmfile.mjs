/** Prism asks for Node 24, and does what its tests here need on Node 22, too. */
export const hooks = {
  readPackage(manifest) {
    if (manifest.name?.startsWith('@stoplight/prism-')) delete manifest.engines;
    return manifest;
  },
};
