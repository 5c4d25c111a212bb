/** The drawings the console uses, by the names the pages know them by. */
export {
  Odometer as overview, Monitor as devices, Files as exhibitions, Promotion as releases, Tickets as checkins, EditPen as quiz, Setting as settings,
  CircleCheckFilled as ok, RemoveFilled as offline, Clock as behind, WarnTriangleFilled as fault, Refresh as updating, Plus as plus,
  Search as search, ArrowDown as down, ArrowUp as up, ArrowRight as right, ArrowLeft as left, Check as check, CircleCheck as done, MoreFilled as more,
  CircleCloseFilled as error, WarningFilled as warning, InfoFilled as info, Document as document, Folder as folder, FolderOpened as folderOpen,
  Upload as upload, Download as download, Camera as camera, Close as close, Picture as picture, VideoCamera as film, RefreshLeft as undo, Lock as lock, Stamp as trust, Bell as notices,
  Delete as remove, CopyDocument as copy, Filter as filter, Hide as hide, View as view, Edit as edit, QuestionFilled as help, Timer as timer, Key as key,
  Connection as connection, UploadFilled as drop, SwitchButton as leave,
  Grid as groups, VideoPause as pause, VideoPlay as play, Moon as dark, Sunny as light, CaretRight as step,
} from '@element-plus/icons-vue'
