/* A certified identity provider (npm: oidc-provider), at a free port, for one client.
   Arguments: the address to which people come back, the client's id, its secret. Prints its issuer. */

import { createServer } from "node:http";
import Provider from "oidc-provider";

const [back, client_id, client_secret] = process.argv.slice(2);
const server = createServer();

server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id, client_secret, redirect_uris: [back] }],
    pkce: { required: () => true },
    claims: { openid: ["sub", "groups"], profile: ["preferred_username"], email: ["email"] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, groups: id === "ortiz" ? ["ledger-admins"] : ["others"] }),
    }),
    cookies: { keys: ["for tests"] },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
