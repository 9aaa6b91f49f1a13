import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ConfigProvider } from "antd";
import en from "antd/locale/en_US";
import zh from "antd/locale/zh_CN";
import { lazy, type ReactNode, Suspense } from "react";
import { createBrowserRouter, type RouteObject } from "react-router";
import { RouterProvider } from "react-router/dom";
import { onSignedOut, ProblemError } from "~/api/client";
import { Shell } from "~/shell/Shell";
import { antdTheme } from "~/theme/antd";
import { AskingProvider } from "./asking";
import { FailedRoute } from "./failed";
import { usePhone } from "./screen";
import { Toaster } from "./Toaster";
import { useLanguage } from "./words";

const SignIn = lazy(() => import("~/pages/SignIn"));
const Invitation = lazy(() => import("~/pages/Invitation"));
const Home = lazy(() => import("~/pages/Home"));
const NamedPage = lazy(() => import("~/pages/NamedPage"));
const ListPage = lazy(() => import("~/pages/ListPage"));
const RecordPage = lazy(() => import("~/pages/RecordPage"));
const FormPage = lazy(() => import("~/pages/FormPage"));

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && isPassing(error),
    },
  },
});

/** Whether asking again may help: the server is away or busy. */
function isPassing(error: unknown): boolean {
  return (
    !(error instanceof ProblemError) ||
    error.status === 0 ||
    error.status === 429 ||
    error.status >= 500
  );
}

const routes: RouteObject[] = [
  { path: "/sign-in", element: page(<SignIn />) },
  { path: "/invitations/:token", element: page(<Invitation />) },
  {
    path: "/",
    element: <Shell />,
    errorElement: <FailedRoute />,
    children: [
      { index: true, element: page(<Home />) },
      { path: "pages/:name", element: page(<NamedPage />) },
      { path: "records/:object", element: page(<ListPage />) },
      { path: "records/:object/new", element: page(<FormPage />) },
      { path: "records/:object/:id", element: page(<RecordPage />) },
      { path: "records/:object/:id/edit", element: page(<FormPage />) },
      { path: "*", element: <FailedRoute missing /> },
    ],
  },
];

function page(element: ReactNode): ReactNode {
  return <Suspense fallback={null}>{element}</Suspense>;
}

const router = createBrowserRouter(routes);

onSignedOut(() => {
  const { pathname, search } = window.location;
  if (pathname === "/sign-in" || pathname.startsWith("/invitations/")) return;
  client.clear();
  void router.navigate(`/sign-in?next=${encodeURIComponent(pathname + search)}`, { replace: true });
});

export function App() {
  const language = useLanguage();
  const phone = usePhone();
  return (
    <ConfigProvider
      theme={antdTheme("light", phone)}
      locale={language === "zh" ? zh : en}
      button={{ autoInsertSpace: false }}
      wave={{ disabled: true }}
    >
      <QueryClientProvider client={client}>
        <AskingProvider>
          <RouterProvider router={router} />
          <Toaster />
        </AskingProvider>
      </QueryClientProvider>
    </ConfigProvider>
  );
}
