// Leaves the frame: App Bridge makes window.open open the address in place of the admin.
const { address, target } = document.currentScript.dataset;
open(address, target);
