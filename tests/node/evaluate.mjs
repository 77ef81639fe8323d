// Evaluates a flag by the real JavaScript server SDK: address, key, flag and context come as JSON.
import { createRequire } from "node:module";
const require = createRequire(process.env.NODE_PACKAGES + "/");
const { OpenFeature } = require("@openfeature/server-sdk");
const { OFREPProvider } = require("@openfeature/ofrep-provider");

const { address, key, flag, context, fallback } = JSON.parse(process.argv[2]);
const headers = [["Authorization", `Bearer ${key}`]];
await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: `${address}/api`, headers }));
const details = await OpenFeature.getClient().getStringDetails(flag, fallback, context);
console.log(JSON.stringify(details));
