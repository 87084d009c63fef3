//! A person's browser: it keeps cookies and follows no redirects, so that a story sees them.

use reqwest::header::HeaderMap;
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};

/// A page.
#[derive(Debug)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// The body as text.
    pub body: String,
}

impl Page {
    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// Where it sends the browser.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// Whether a text stands on it.
    pub fn shows(&self, text: &str) -> bool {
        self.body.contains(text)
    }

    /// The value of a field of its form.
    pub fn value(&self, name: &str) -> String {
        let (_, rest) = self.body.split_once(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name} in {}", self.body));
        let tag = rest.split_once('>').map_or(rest, |(tag, _)| tag);
        tag.split_once("value=\"").and_then(|(_, rest)| rest.split_once('"')).map_or("", |(value, _)| value).to_owned()
    }

    /// The text of all elements of a class, in order.
    pub fn texts(&self, class: &str) -> Vec<&str> {
        let attribute = format!("class=\"{class}\"");
        let pieces = self.body.split(&attribute).skip(1);
        pieces.filter_map(|piece| piece.split_once('>')).map(|(_, rest)| rest.split('<').next().unwrap_or("")).collect()
    }
}

/// A browser.
pub struct Browser {
    client: Client,
    url: String,
}

impl Browser {
    /// A browser without cookies.
    pub fn new(url: &str) -> Self {
        let client = Client::builder().cookie_store(true).redirect(Policy::none()).build().expect("a browser");
        Self { client, url: url.to_owned() }
    }

    /// Sends a request.
    pub async fn send(&self, request: RequestBuilder) -> Page {
        let response = request.send().await.expect("a page");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.expect("a body").to_vec();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Page { status, headers, bytes, body }
    }

    fn address(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.url) }
    }

    /// A request that may be given headers.
    pub fn asking(&self, path: &str) -> RequestBuilder {
        self.client.get(self.address(path))
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Page {
        self.send(self.asking(path)).await
    }

    /// A body of any kind that is to be sent.
    pub fn sending(&self, path: &str) -> RequestBuilder {
        self.client.post(self.address(path))
    }

    /// A form that may be given headers.
    pub fn posting(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        self.client.post(self.address(path)).form(fields)
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.send(self.posting(path, fields)).await
    }

    /// Sends a body as it is.
    pub async fn post_body(&self, path: &str, body: &str) -> Page {
        self.send(self.client.post(self.address(path)).body(body.to_owned())).await
    }

    /// Sends a file for a check.
    pub async fn upload(&self, path: &str, name: &str, file: &str) -> Page {
        let form = Form::new().part("file", Part::text(file.to_owned()).file_name(name.to_owned()));
        self.send(self.client.post(self.address(path)).multipart(form)).await
    }

    /// Sends a form of a file that was checked.
    pub async fn submit_checked(&self, path: &str, checked: &str) -> Page {
        let form = Form::new().text("checked", checked.to_owned()).text("apply", "yes");
        self.send(self.client.post(self.address(path)).multipart(form)).await
    }

    /// Logs in.
    pub async fn log_in(&self, username: &str, password: &str) -> Page {
        self.post("/login", &[("username", username), ("password", password), ("next", "")]).await
    }
}
