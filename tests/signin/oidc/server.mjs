// A real OpenID provider (npm oidc-provider) that signs in whom the test names.
// Prints its port; POST /control?account=SUB&ine=INE says who sits there ("" refuses everybody),
// POST /control/logout?account=SUB sends a back-channel logout.
import http from "node:http";
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const [callback, logout] = process.argv.slice(2);
const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  const issuer = `http://127.0.0.1:${port}`;
  let account = "", ine = "";
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const client = (id, redirect) => ({
    client_id: id, client_secret: "a secret of the tests only", redirect_uris: [redirect],
    grant_types: ["authorization_code"], response_types: ["code"],
    ...(id === "parchemin" ? { backchannel_logout_uri: logout } : {}),
  });
  const provider = new Provider(issuer, {
    clients: [client("parchemin", callback), client("another", callback)],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "one" }] },
    cookies: { keys: ["tests only"] },
    pkce: { required: () => true },
    claims: { openid: ["sub", "ine"] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ine }) }),
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }), // reaches loopback
  });
  provider.use(async (ctx, next) => {
    if (ctx.path === "/control") {
      account = ctx.query.account ?? ""; ine = ctx.query.ine ?? "";
      ctx.status = 204;
    } else if (ctx.path === "/control/logout") {
      const found = await provider.Client.find("parchemin");
      await found.backchannelLogout(ctx.query.account, undefined);
      ctx.status = 204;
    } else if (ctx.path.startsWith("/interaction/")) {
      const details = await provider.interactionDetails(ctx.req, ctx.res);
      let result = { error: "access_denied", error_description: "no such account" };
      if (account) {
        const grant = new provider.Grant({ accountId: account, clientId: details.params.client_id });
        grant.addOIDCScope("openid");
        result = { login: { accountId: account }, consent: { grantId: await grant.save() } };
      }
      ctx.respond = false;
      await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
    } else await next();
  });
  provider.on("server_error", (ctx, error) => console.error(error));
  server.on("request", provider.callback());
  console.log(port);
});
