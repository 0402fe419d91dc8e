//! A folder of indexes: one folder per generation, and a small file per projection that tells which there are.
//!
//! A file is replaced by rename, after it was synced, so that it is the old one or the new one whatever happens.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use diptych_core::{
    Failure, FailureKind,
    documents::{Collection, CollectionName, DocumentEngine, Record, Shape, Written},
    model::Reach,
};
use tantivy::Index;
use tempfile::TempDir;

use crate::{
    collection::{Open, TantivyCollection},
    failure::{blocking, failure, io as of_io},
    schema::Fields,
};

/// Embedded search: an engine of documents in a folder. Clones share it.
#[derive(Clone, Debug)]
pub struct TantivyFolder(Arc<Folder>);

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    /// Gone with it, where it is for a while only.
    _temporary: Option<TempDir>,
    /// Those that are open, so that all who ask share one writer. Held while records are changed, too.
    opened: Mutex<HashMap<CollectionName, Arc<Open>>>,
}

impl TantivyFolder {
    /// Indexes in this folder, which is made when it is first written. Nothing is opened yet, so that a disk that is away comes later.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self::of(path.into(), None)
    }

    /// Indexes that last as long as this, for `memory:` and for tests. They stand in files of the system's temporary folder.
    ///
    /// # Errors
    /// [`Failure`] where that folder cannot be written.
    pub fn temporary() -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("diptych-search-").tempdir();
        let folder = folder.map_err(|error| of_io("making a temporary folder", error))?;
        Ok(Self::of(folder.path().to_owned(), Some(folder)))
    }

    fn of(path: PathBuf, temporary: Option<TempDir>) -> Self {
        Self(Arc::new(Folder { path, _temporary: temporary, opened: Mutex::default() }))
    }

    async fn on<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let folder = Arc::clone(&self.0);
        blocking(move || work(&folder)).await
    }
}

impl Folder {
    fn opened(&self) -> MutexGuard<'_, HashMap<CollectionName, Arc<Open>>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record_file(&self, projection: &str) -> PathBuf {
        self.path.join(format!("{projection}.json"))
    }

    fn folder(&self, name: &CollectionName) -> PathBuf {
        self.path.join(name.to_string())
    }

    fn record(&self, projection: &str) -> Result<Option<Record>, Failure> {
        let file = self.record_file(projection);
        let text = match fs::read_to_string(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| of_io(format!("reading {}", file.display()), error))?,
        };
        let (revision, value) = serde_json::from_str(&text).map_err(|error| {
            Failure::new(FailureKind::Unreadable, format!("reading {}", file.display()), error)
        })?;
        Ok(Some(Record { revision, value }))
    }

    fn set_record(&self, projection: &str, record: &Record) -> Result<Written, Failure> {
        let _alone = self.opened();
        let there = self.record(projection)?.map_or(0, |there| there.revision);
        if there.saturating_add(1) != record.revision {
            return Ok(Written::Changed);
        }
        let file = self.record_file(projection);
        let text = serde_json::to_string(&(record.revision, &record.value))
            .map_err(|error| Failure::new(FailureKind::Internal, "writing a record", error))?;
        replace(&self.path, &file, &text)
            .map_err(|error| of_io(format!("writing {}", file.display()), error))?;
        Ok(Written::Done)
    }

    fn make(&self, name: CollectionName, shape: &Shape, place: &Record) -> Result<(), Failure> {
        let mut opened = self.opened();
        self.clear(&mut opened, &name)?;
        let (folder, fields) = (self.folder(&name), Fields::of(shape));
        fs::create_dir_all(&folder).map_err(|error| of_io(format!("making {}", folder.display()), error))?;
        let index = Index::create_in_dir(&folder, fields.schema.clone());
        let index = index.map_err(|error| failure(format!("making {name}"), error))?;
        let open = Open::new(name.clone(), fields, index)?;
        open.begin(place)?;
        opened.insert(name, Arc::new(open));
        Ok(())
    }

    fn open(&self, name: CollectionName, shape: &Shape) -> Result<Arc<Open>, Failure> {
        let mut opened = self.opened();
        if let Some(open) = opened.get(&name) {
            return Ok(Arc::clone(open));
        }
        let folder = self.folder(&name);
        if !folder.join("meta.json").exists() {
            return Err(Failure::plain(FailureKind::Invalid, format!("there is no index {name}")));
        }
        let index = Index::open_in_dir(&folder).map_err(|error| failure(format!("opening {name}"), error))?;
        let fields = Fields::of(shape);
        if index.schema() != fields.schema {
            let text = format!("{name} is of another shape: raise the version of the projection");
            return Err(Failure::plain(FailureKind::Unreadable, text));
        }
        let open = Arc::new(Open::new(name.clone(), fields, index)?);
        opened.insert(name, Arc::clone(&open));
        Ok(open)
    }

    /// The place goes first: without it there is no generation.
    fn clear(
        &self,
        opened: &mut HashMap<CollectionName, Arc<Open>>,
        name: &CollectionName,
    ) -> Result<(), Failure> {
        if let Some(open) = opened.remove(name) {
            open.close();
        }
        let folder = self.folder(name);
        for gone in [fs::remove_file(folder.join("meta.json")), fs::remove_dir_all(&folder)] {
            match gone {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(of_io(format!("removing {}", folder.display()), error));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

/// Writes a file whole, beside the old one, and puts it in its place.
fn replace(folder: &Path, file: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let new = file.with_extension("new");
    let mut opened = File::create(&new)?;
    opened.write_all(text.as_bytes())?;
    opened.sync_all()?;
    fs::rename(&new, file)?;
    File::open(folder)?.sync_all()
}

#[async_trait]
impl DocumentEngine for TantivyFolder {
    fn name(&self) -> &'static str {
        "Tantivy"
    }

    fn reach(&self) -> Reach {
        Reach::Node
    }

    async fn record(&self, projection: &str) -> Result<Option<Record>, Failure> {
        let projection = projection.to_owned();
        self.on(move |folder| folder.record(&projection)).await
    }

    async fn set_record(&self, projection: &str, record: &Record) -> Result<Written, Failure> {
        let (projection, record) = (projection.to_owned(), record.clone());
        self.on(move |folder| folder.set_record(&projection, &record)).await
    }

    async fn make(&self, name: &CollectionName, shape: &Shape, place: &Record) -> Result<(), Failure> {
        let (name, shape, place) = (name.clone(), shape.clone(), place.clone());
        self.on(move |folder| folder.make(name, &shape, &place)).await
    }

    async fn open(&self, name: &CollectionName, shape: &Shape) -> Result<Arc<dyn Collection>, Failure> {
        let (name, shape) = (name.clone(), shape.clone());
        let open = self.on(move |folder| folder.open(name, &shape)).await?;
        Ok(Arc::new(TantivyCollection::of(open)))
    }

    async fn remove(&self, name: &CollectionName) -> Result<(), Failure> {
        let name = name.clone();
        self.on(move |folder| folder.clear(&mut folder.opened(), &name)).await
    }
}
