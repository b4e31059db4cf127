import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { createApp } from "vue";
import "vuetify/styles";
import App from "./App.vue";
import { makeI18n } from "./i18n";
import { platformKey } from "./platform";
import { detectPlatform } from "./platform/detect";
import { makeRouter } from "./router";
import { installTheme } from "./theme";
import "./theme/base.css";

const platform = await detectPlatform();

const queries = new QueryClient({
  defaultOptions: {
    // Rust is on this machine or says itself that it is not in reach: nothing here depends on the browser's "online".
    queries: { networkMode: "always", retry: false, staleTime: 1_000, refetchOnWindowFocus: true },
    mutations: { networkMode: "always", retry: false },
  },
});

const app = createApp(App);
app.provide(platformKey, platform);
const i18n = makeI18n();
app.use(i18n);
app.use(VueQueryPlugin, { queryClient: queries });
app.use(makeRouter(platform.host));
installTheme(app, i18n);
app.mount("#app");
