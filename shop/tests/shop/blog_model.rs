//! A simple model of the blog, written apart from the shop: lists that are searched from end to end.

use diptych::Timestamp;

/// What a client does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Publish { id: &'static str, author: &'static str, tags: Vec<&'static str>, letters: usize },
    Like { id: &'static str, user: &'static str },
    Unlike { id: &'static str, user: &'static str },
    Comment { comment: &'static str, id: &'static str, user: &'static str },
    View { id: &'static str, user: Option<&'static str> },
    Rename { user: &'static str, name: &'static str },
    Wait { seconds: u64 },
}

#[derive(Clone, Debug)]
pub(crate) struct Article {
    pub(crate) id: &'static str,
    pub(crate) author: &'static str,
    pub(crate) author_name: &'static str,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) content: String,
    pub(crate) likes: Vec<&'static str>,
    /// Comment, user, and the user's name then.
    pub(crate) comments: Vec<(&'static str, &'static str, &'static str)>,
    pub(crate) views: u64,
    pub(crate) published: Timestamp,
}

/// All articles, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    /// Users and their names at present.
    pub(crate) users: Vec<(&'static str, &'static str)>,
    pub(crate) articles: Vec<Article>,
    pub(crate) taken: Vec<&'static str>,
}

impl Model {
    fn name(&self, user: &str) -> Option<&'static str> {
        self.users.iter().find(|(id, _)| *id == user).map(|(_, name)| *name)
    }

    fn article(&mut self, id: &str) -> Option<&mut Article> {
        self.articles.iter_mut().find(|article| article.id == id)
    }

    /// Takes a step; answers the code of the refusal, if it is refused.
    pub(crate) fn take(&mut self, step: &Step, now: Timestamp) -> Option<&'static str> {
        match step {
            Step::Wait { .. } => None,
            Step::Rename { user, name } => {
                let Some(known) = self.users.iter_mut().find(|(id, _)| id == user) else {
                    return Some("user-not-found");
                };
                known.1 = name;
                None
            }
            Step::Publish { id, author, tags, letters } => self.publish(id, author, tags, *letters, now),
            Step::Like { id, user } => self.like(id, user),
            Step::Unlike { id, user } => self.unlike(id, user),
            Step::Comment { comment, id, user } => self.comment(comment, id, user),
            Step::View { id, user } => {
                let unknown = user.is_some_and(|user| self.name(user).is_none());
                let Some(article) = self.article(id) else { return Some("article-not-found") };
                if unknown {
                    return Some("viewer-not-found");
                }
                article.views += 1;
                None
            }
        }
    }

    fn publish(
        &mut self,
        id: &'static str,
        author: &'static str,
        tags: &[&'static str],
        letters: usize,
        now: Timestamp,
    ) -> Option<&'static str> {
        let Some(author_name) = self.name(author) else { return Some("author-not-found") };
        if self.article(id).is_some() {
            return Some("article-exists");
        }
        self.articles.push(Article {
            id,
            author,
            author_name,
            tags: tags.to_vec(),
            content: "é".repeat(letters),
            likes: Vec::new(),
            comments: Vec::new(),
            views: 0,
            published: now,
        });
        None
    }

    fn like(&mut self, id: &str, user: &'static str) -> Option<&'static str> {
        let known = self.name(user).is_some();
        let Some(article) = self.article(id) else { return Some("article-not-found") };
        if !known {
            return Some("liker-not-found");
        }
        if article.likes.contains(&user) {
            return Some("already-liked");
        }
        article.likes.push(user);
        None
    }

    fn unlike(&mut self, id: &str, user: &'static str) -> Option<&'static str> {
        let known = self.name(user).is_some();
        let Some(article) = self.article(id) else { return Some("article-not-found") };
        if !known {
            return Some("user-not-found");
        }
        if !article.likes.contains(&user) {
            return Some("not-liked");
        }
        article.likes.retain(|who| *who != user);
        None
    }

    fn comment(&mut self, comment: &'static str, id: &str, user: &'static str) -> Option<&'static str> {
        let (name, taken) = (self.name(user), self.taken.contains(&comment));
        let Some(article) = self.article(id) else { return Some("article-not-found") };
        let Some(name) = name else { return Some("commenter-not-found") };
        if taken {
            return Some("comment-exists");
        }
        article.comments.push((comment, user, name));
        self.taken.push(comment);
        None
    }

    /// The list: the newest first, of an author and with one of some tags.
    pub(crate) fn listed(&self, author: Option<&str>, tags: &[&str]) -> Vec<&Article> {
        let fits = |article: &&Article| {
            author.is_none_or(|author| author == article.author)
                && (tags.is_empty() || article.tags.iter().any(|tag| tags.contains(tag)))
        };
        self.articles.iter().rev().filter(fits).collect()
    }

    /// An author's articles, likes and views, and when they last published.
    pub(crate) fn figures(&self, author: &str) -> (u64, u64, u64, Option<Timestamp>) {
        let of = self.articles.iter().filter(|article| article.author == author);
        of.fold((0, 0, 0, None), |(articles, likes, views, _), article| {
            let more: u64 = article.likes.len().try_into().unwrap();
            (articles + 1, likes + more, views + article.views, Some(article.published))
        })
    }
}
